"""A plan as people and spreadsheets read it."""

from artifactctl.render.planned import COLUMNS, lines, rows

PLAN = {
    "pipeline": "iris",
    "name": "nightly",
    "steps": [
        {
            "name": "load",
            "action": "cached",
            "reason": "nothing has changed",
            "inputs": {},
            "outputs": {"iris": "iris:1"},
            "command": "one\ntwo\n",
        },
        {
            "name": "train",
            "action": "run",
            "reason": "changed: command",
            "inputs": {"data": "iris:1"},
            "outputs": {"model": "model", "report": "p::train::report"},
            "command": ["python", "-c", "a b"],
        },
        {
            "name": "keep",
            "action": "run",
            "reason": "it has not run before",
            "inputs": {},
            "outputs": {},
            "command": None,
        },
    ],
}


def test_each_step_is_a_paragraph() -> None:
    assert "\n".join(lines(PLAN)) == (
        "run nightly of pipeline iris: 2 to run, 1 served by the cache\n"
        "\n"
        "load  cached: nothing has changed\n"
        "  makes   iris:1\n"
        "  command one\n"
        "          two\n"
        "\n"
        "train  run: changed: command\n"
        "  takes   data=iris:1\n"
        "  makes   model, p::train::report\n"
        "  command python -c 'a b'\n"
        "\n"
        "keep  run: it has not run before"
    )


def test_each_step_is_a_row() -> None:
    found = rows(PLAN)
    assert [list(row) for row in found] == [COLUMNS] * 3
    assert found[1]["command"] == "python -c 'a b'"
    assert found[1]["inputs"] == ["data=iris:1"]
