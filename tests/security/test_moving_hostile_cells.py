"""Whatever the cells of a home say: what is moved from it leads nowhere, or is refused."""

import shutil
from contextlib import closing, suppress
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import (
    CatalogUnusableError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    UnsafeError,
)
from tests.checker import check_home
from tests.security.cells import Cell, Hostile, columns, poison
from tests.security.stage import Stage

REFUSED = (
    *(CatalogUnusableError, ConflictError, IntegrityError, InvalidInputError),
    *(NotFoundError, UnsafeError),
)
COLUMNS = columns()


def try_all(stage: Stage, cell: Cell, hostile: Hostile, folder: Path) -> None:
    shutil.copytree(stage.home, folder / "strange", symlinks=True)
    poison(folder / "strange" / "catalog.db", cell, hostile, stage.victim)
    with closing(Client(folder / "strange")) as strange, closing(Client(folder / "home")) as own:
        own.register("own", stage.root / "given" / "file")
        with suppress(*REFUSED):
            strange.export(None, folder / "b.zip")
        with suppress(*REFUSED):
            own.pull("file", folder / "strange", trust=True)
        with suppress(*REFUSED):
            own.import_(folder / "b.zip", trust=True)
        with suppress(*REFUSED):
            strange.copy(folder / "home", trust=True)
        assert own.verify() == []
    check_home(folder / "home")
    assert {path.name for path in folder.iterdir()} <= {"strange", "home", "b.zip"}


@pytest.mark.sweep
@pytest.mark.parametrize("number", range(len(COLUMNS)), ids=lambda number: str(COLUMNS[number]))
def test_no_value_of_a_column_comes_into_another_home(stage: Stage, number: int, tmp_path: Path):
    """Each cell with one of its values, which take turns."""
    cell = COLUMNS[number]
    try_all(stage, cell, cell.values[number % len(cell.values)], tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("cell", COLUMNS, ids=str)
def test_none_of_the_values_of_a_column_comes_into_another_home(
    stage: Stage, cell: Cell, tmp_path: Path
):
    for number, hostile in enumerate(cell.values):
        (tmp_path / str(number)).mkdir()
        try_all(stage, cell, hostile, tmp_path / str(number))
