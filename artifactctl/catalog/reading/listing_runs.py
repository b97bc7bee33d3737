"""Listings of runs, their steps and their pipelines (see `listing` for what all listings share)."""

from collections.abc import Callable
from typing import TypeVar

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.fields import PIPELINES, RUNS, STEPS
from artifactctl.catalog.reading.listing import page_of
from artifactctl.catalog.reading.pipelines import by_names, select_pipelines
from artifactctl.catalog.reading.runs import select_runs, select_steps
from artifactctl.catalog.rows import Listing, Page
from artifactctl.catalog.run_rows import Pipeline, Run, Step

R = TypeVar("R")


def list_runs(db: Database, listing: Listing, convert: Callable[[Run], R]) -> Page[R]:
    """One page of runs, newest first unless sorted otherwise."""
    with db.snapshot():
        return page_of(db, listing, RUNS, select_runs, convert)


def list_pipelines(db: Database, listing: Listing, convert: Callable[[Pipeline], R]) -> Page[R]:
    """One page of pipelines, that of the newest first run first unless sorted otherwise."""
    with db.snapshot():
        wanted = by_names(db, listing)
        return page_of(db, wanted, PIPELINES, select_pipelines, convert, is_one_trip=False)


def list_steps(db: Database, listing: Listing, convert: Callable[[Run, Step], R]) -> Page[R]:
    """One page of steps, newest first unless sorted otherwise; `convert` gets run and step."""
    with db.snapshot():
        return page_of(
            db,
            listing,
            STEPS,
            select_steps,
            lambda one: convert(one.run, one.step),
            is_one_trip=False,
        )
