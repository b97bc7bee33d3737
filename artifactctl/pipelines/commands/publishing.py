"""The files that a step has written, checked before they are stored as versions."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import metadata, transfer
from artifactctl.enums import ArtifactSaveType
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep, FileOutput
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.registering import NewFiles
from artifactctl.verbs.saving import NewObject

if TYPE_CHECKING:
    from artifactctl.client import Client

# The ctime, since programs can set an mtime; the inode, since a file may be replaced by another.
Stamp = list[tuple[str, int, int]]
"""Path, inode and ctime (in nanoseconds) of each file and folder of an output."""


def new_files(
    client: "Client", plan: CommandPlan, step: CommandStep
) -> tuple[list[tuple[str, NewObject | NewFiles]], list[str]]:
    """The new versions of a step's files, and the problems that prevent some of them."""
    made: list[tuple[str, NewObject | NewFiles]] = []
    problems: list[str] = []
    for output in step.outputs:
        try:
            _check(client, output)
            made.append((output.expected.name, _new(plan, output)))
        except (NotFoundError, InvalidInputError, UnsafeError) as error:
            problems.append(f"output {output.key!r}: {error.message}")
    return made, problems


def stamps_of(step: CommandStep) -> dict[str, Stamp]:
    """The stamps of outputs and metrics that exist, by path as the file gives it.

    They differ once a command has written there.
    """
    paths = {output.config.path or "": output.path for output in step.outputs}
    if step.metrics is not None:
        paths[step.config.metrics or ""] = step.metrics
    return {shown: list(_stamps(path)) for shown, path in paths.items() if os.path.lexists(path)}


def untouched(step: CommandStep, before: Mapping[str, Stamp]) -> list[str]:
    """The paths that a command has not written: what is there may be left from earlier."""
    after = stamps_of(step) if step.config.command is not None else {}
    return [path for path, stamp in after.items() if before.get(path) == stamp]


def _stamps(path: str) -> Iterator[tuple[str, int, int]]:
    for place in (path, *_inside(path)):
        with suppress(FileNotFoundError):
            found = os.lstat(place)
            yield place, found.st_ino, found.st_ctime_ns


def _inside(folder: str) -> Iterator[str]:
    for inside, _, files in os.walk(folder):
        yield inside
        yield from (os.path.join(inside, name) for name in files)


def _check(client: "Client", output: FileOutput) -> None:
    if output.config.link and "://" in output.path:
        return
    if not os.path.lexists(output.path):
        raise NotFoundError(f"{output.config.path!r} was not written")
    own = () if output.config.link else client.home.own_paths()
    transfer.collect([output.path], transfer.CollectOptions(own=own))


def _new(plan: CommandPlan, output: FileOutput) -> NewFiles:
    expected = output.expected
    spec = VersionSpec(
        expected.artifact,
        expected.version,
        expected.type,
        tuple(dict.fromkeys((*expected.tags, *plan.config.cascading_tags))),
        {**_read_metadata(output.metadata_file), **expected.metadata},
        expected.has_custom_name,
        ArtifactSaveType.STEP_OUTPUT,
    )
    return NewFiles(output.path, spec, output.config.link, plan.rehash)


def _read_metadata(path: str | None) -> Mapping[str, object]:
    if path is None:
        return {}
    if os.path.exists(path) and not os.path.isfile(path):  # opening a pipe would block
        raise InvalidInputError(f"metadata file {path!r} is not a regular file")
    return metadata.read_file(Path(path))
