"""Whatever a cell of the catalog, of a record or of a backup says, it is data and leads nowhere.

A short list of all combinations is tried each time: each cell, each value and each command in
some of them. The slow tests try them all; `-k "artifact.name"` chooses a slice.
"""

import json
from collections.abc import Iterator, Sequence

import pytest

from tests.checker import UUID
from tests.security.cells import (
    WRITABLE_AS_JSON,
    Cell,
    Hostile,
    Leaf,
    cells_of,
    columns,
    files_of_json,
    leaves_of,
    poison,
    poison_files,
    with_leaf,
)
from tests.security.every_command import Example, examples, one_of_each
from tests.security.stage import Scene, Stage, assert_none, content_of

pytestmark = pytest.mark.sweep

COLUMNS = columns()
EXAMPLES = examples()
OF_JSON = [cell for cell in COLUMNS if cell.column in ("details", "value")]
RESTORE = Example(("catalog", "restore", "{given}/backup.db", "--yes", "--force"), changes=True)
REBUILD = Example(("catalog", "rebuild"), changes=True)
LOOKS = [
    *(Example(("artifact", "list", "-o", "json")), Example(("artifact", "version", "list"))),
    *(Example(("runs", "list", "-o", "json")), Example(("verify",), changes=True)),
]
OF_LINKS = ("artifact_version.link", "version.link")


def short_list() -> list[tuple[Cell, Hostile, Example]]:
    """Each cell with two of its values, each with a command; the commands take turns."""
    found = []
    for cell in COLUMNS:
        for _ in range(2 if cell.is_text else 1):
            turn = len(found)
            values = cell.values
            found.append((cell, values[turn % len(values)], EXAMPLES[turn % len(EXAMPLES)]))
    return found


SHORT = short_list()


def test_the_short_list_has_each_cell_each_value_and_each_command():
    cells, values, commands = zip(*SHORT, strict=True)
    assert set(cells) == set(COLUMNS)
    assert set(values) == {value for cell in COLUMNS for value in cell.values}
    assert set(commands) == set(EXAMPLES)


def problems(scene: Scene, cell: object, hostile: Hostile) -> list[str]:
    """What is wrong with a command in a home with such a value."""
    if str(cell) in OF_LINKS and "SECRET" in scene.result.out + scene.result.err:
        scene.problems.append("it shows the secrets of a URL")
    return scene.told(f"{cell} is {hostile.name}")


def play(stage: Stage, cell: Cell, hostile: Hostile, shown: Sequence[Example]) -> Iterator[str]:
    """What is wrong with commands in a home with such a value in all rows that can have it."""
    is_fresh = False
    for example in shown:
        if not is_fresh:
            stage.reset()
            poison(stage.home / "catalog.db", cell, hostile, stage.victim)
        yield from problems(stage.play(example), cell, hostile)
        is_fresh = not example.changes


@pytest.mark.parametrize("cell", COLUMNS, ids=str)
def test_no_value_of_a_column_leads_astray(stage: Stage, cell: Cell):
    found = [
        problem
        for one, hostile, example in SHORT
        if one == cell
        for problem in play(stage, cell, hostile, [example])
    ]
    assert_none(found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("cell", "hostile"),
    [
        pytest.param(cell, hostile, id=f"{cell}-{hostile.name}")
        for cell in COLUMNS
        for hostile in cell.values
    ],
)
def test_no_value_of_a_column_leads_any_command_astray(stage: Stage, cell: Cell, hostile: Hostile):
    assert_none(play(stage, cell, hostile, EXAMPLES))


@pytest.mark.parametrize("column", OF_JSON, ids=str)
def test_no_value_in_the_json_of_a_row_leads_astray(stage: Stage, column: Cell):
    found = []
    inside = [
        cell for cell in cells_of(stage.home / "catalog.db") if str(cell).startswith(f"{column}.")
    ]
    assert inside
    for turn, cell in enumerate(inside):
        hostile = cell.values[turn % len(cell.values)]
        shown = [EXAMPLES[(turn * 7) % len(EXAMPLES)], LOOKS[turn % len(LOOKS)]]
        found.extend(play(stage, cell, hostile, shown))
    assert_none(found)


@pytest.mark.parametrize(
    "cell", [cell for cell in COLUMNS if cell.is_text and not cell.table.startswith("deleted")],
    ids=str,
)  # fmt: skip
def test_a_bad_row_does_not_hide_the_others(stage: Stage, cell: Cell):
    turn = COLUMNS.index(cell)
    hostile = cell.values[turn % len(cell.values)]
    first = f"rowid = (SELECT min(rowid) FROM {cell.table})"
    poison(stage.home / "catalog.db", cell, hostile, stage.victim, first)
    words = (*cell.listing.split(), "--columns", "all", "--size", "0", "-o", "json")
    scene = stage.play(Example(words)).expect(0)
    assert_none(problems(scene, cell, hostile))
    counts = {"artifact list": 8, "artifact version list": 11, "runs list": 3}
    listed = json.loads(scene.result.out)["items"]
    assert len(listed) >= counts[cell.listing] - 1


def poison_in_turns(stage: Stage, kind: str, places: Sequence[Leaf], turn: int) -> list[str]:
    """Write a value at one of `places` in each file of a kind; return what was done."""
    done = []
    for path, leaf in zip(files_of_json(stage.home / "store")[kind], places, strict=False):
        hostile = WRITABLE_AS_JSON[(turn + len(done)) % len(WRITABLE_AS_JSON)]
        content = with_leaf(json.loads(path.read_bytes()), leaf.keys, hostile.at(stage.victim))
        path.chmod(0o644)
        path.write_text(json.dumps(content))
        done.append(f"{leaf} is {hostile.name}")
    return done


KINDS = ["version", "artifact", "deletion", "run", "run_deletion", "tag", "pipeline", "series"]
KINDS += ["manifests", "owners", "format.json"]


def test_the_kinds_of_files_are_all_there_are(stage: Stage):
    assert set(KINDS) == set(files_of_json(stage.home / "store"))


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_in_the_files_of_a_store_leads_astray(stage: Stage, kind: str):
    places = [leaf for leaf in leaves_of(stage.home / "store") if leaf.file == kind]
    count = len(files_of_json(stage.home / "store")[kind])
    found = []
    for turn in range(0, len(places), count):
        stage.reset()
        done = poison_in_turns(stage, kind, places[turn : turn + count], turn)
        (stage.home / "catalog.db").unlink()
        found.extend(stage.play(REBUILD).told("; ".join(done)))
        found.extend(stage.play(LOOKS[turn % len(LOOKS)]).told("; ".join(done)))
    assert_none(found)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("hostile", WRITABLE_AS_JSON, ids=lambda hostile: hostile.name)
@pytest.mark.parametrize("kind", KINDS)
def test_no_value_in_the_files_of_a_store_leads_any_rebuild_astray(
    stage: Stage, kind: str, hostile: Hostile
):
    found = []
    for leaf in [leaf for leaf in leaves_of(stage.home / "store") if leaf.file == kind]:
        stage.reset()
        poison_files(stage.home / "store", leaf, hostile.at(stage.victim))
        for example in (*LOOKS, Example(("gc",), changes=True)):
            found.extend(problems(stage.play(example), leaf, hostile))
        (stage.home / "catalog.db").unlink()
        for example in (REBUILD, *LOOKS):
            found.extend(problems(stage.play(example), leaf, hostile))
    assert_none(found)


def restore(stage: Stage, cell: Cell, hostile: Hostile, looks: Sequence[Example]) -> Iterator[str]:
    """What is wrong when a backup with such a value is put back."""
    stage.reset()
    backup = stage.root / "tmp" / "backup.db"
    backup.write_bytes((stage.root / "given" / "backup.db").read_bytes())
    poison(backup, cell, hostile, stage.victim)
    example = Example(
        tuple(str(backup) if word.startswith("{") else word for word in RESTORE.words), changes=True
    )
    before = content_of(stage.home)
    restored = stage.play(example).expect(0, 6)
    yield from problems(restored, cell, hostile)
    if restored.result.code == 6:
        if content_of(stage.home) != before:
            yield f"{cell} is {hostile.name}: a backup that is refused has changed the home"
        return
    for look in looks[:-1]:
        yield from problems(stage.play(look).expect(0), cell, hostile)
    yield from problems(stage.play(looks[-1]), cell, hostile)
    if not all(UUID.fullmatch(path.stem) for path in (stage.home / "store/records").iterdir()):
        yield f"{cell} is {hostile.name}: a record is named by what is no ID"


@pytest.mark.slow
@pytest.mark.parametrize("cell", COLUMNS, ids=str)
def test_no_value_of_a_backup_comes_into_a_home(stage: Stage, cell: Cell):
    turn = COLUMNS.index(cell)
    assert_none(restore(stage, cell, cell.values[turn % len(cell.values)], LOOKS[-1:]))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("cell", COLUMNS, ids=str)
def test_no_value_at_all_of_a_backup_comes_into_a_home(stage: Stage, cell: Cell):
    assert_none([told for value in cell.values for told in restore(stage, cell, value, LOOKS)])


@pytest.mark.parametrize("key", ["catalog", "store"])
def test_no_setting_of_an_own_home_has_another_file_replaced(stage: Stage, key: str):
    """A catalog that is none of ours, a store on a folder that is not empty and not a store."""
    found = []
    for turn, value in enumerate(("VICTIM/file", "VICTIM/folder", "/dev/zero", "VICTIM")):
        for example in one_of_each(EXAMPLES)[turn::4]:
            stage.reset()
            text = value.replace("VICTIM", str(stage.victim))
            (stage.home / "config.yaml").write_text(f"{key}: {text}\n")
            found.extend(stage.play(example, may_open=text).told(f"{key}: {value}"))
    assert_none(found)
