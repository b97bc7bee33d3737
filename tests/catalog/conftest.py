"""Which tests of the catalog run on which engine, and which of them only in the sweeps."""

from collections import Counter

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the sweeps what takes long on PostgreSQL."""
    seen: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sweep_on_postgres")
        if mark is None or "postgres" not in item.name:
            continue
        test, stays = item.nodeid.partition("[")[0], mark.kwargs.get("but_each")
        if stays is None or seen[test] % stays:
            item.add_marker(pytest.mark.sweep)
        seen[test] += 1
