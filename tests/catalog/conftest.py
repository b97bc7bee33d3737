"""Which tests of the catalog run on which engine."""

import pytest

from tests.catalog.engines import engine as engine

BOTH = (
    "reading",
    "writing",
    "test_questions",
    "test_records",
    "test_rebuilding",
    "test_rebuilding_runs",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    place = metafunc.module.__name__.removeprefix("tests.catalog.").split(".")[0]
    if place in BOTH:
        is_sqlite = next(metafunc.definition.iter_markers("sqlite_only"), None) is not None
        engines = ["sqlite"] if is_sqlite else ["sqlite", "postgres"]
        metafunc.parametrize("engine", engines, indirect=True, scope="module")
