"""Reading the file of a step's metrics."""

import os
from pathlib import Path

import pytest

from artifactctl.errors import ArtifactctlError, InvalidInputError, NotFoundError, UnsafeError
from artifactctl.pipelines.commands import metrics
from artifactctl.pipelines.commands.metrics import MAX_KEYS, Metrics, read_metrics
from artifactctl.series import number_of


def read(folder: Path, content: str | bytes, name: str = "m.json") -> Metrics:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_metrics(str(path), folder, name)


def refused(folder: Path, content: str | bytes, name: str = "m.json") -> str:
    with pytest.raises(InvalidInputError) as caught:
        read(folder, content, name)
    return "; ".join(filter(None, (caught.value.message, caught.value.hint)))


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ('{"acc": 0.9, "val": {"loss": 1}}', {"acc": 0.9, "val": {"loss": 1}}),
        (
            '{\n\t"acc": 0.9,\n\t"n": 12345678901234567890\n}',
            {"acc": 0.9, "n": 12345678901234567890},
        ),
        ("acc: 0.9\nval:\n  loss: 1\n", {"acc": 0.9, "val": {"loss": 1}}),
        ("\ufeffacc: 1\n", {"acc": 1}),
        (
            '{"say": "\\ud83d\\ude00", "ok": true, "by": [1, 2]}',
            {"say": "😀", "ok": True, "by": [1, 2]},
        ),
        ("", {}),
        ("{}", {}),
        ('{"acc": 1}\n\n', {"acc": 1}),
    ],
)
def test_a_document_is_json_or_yaml(tmp_path: Path, content: str, values: dict) -> None:
    assert read(tmp_path, content) == Metrics(values)


def series(found: Metrics) -> dict[str, list[tuple[int, float | None]]]:
    return {
        key: [(step, number_of(value)) for step, _, value in points.rows()]
        for key, points in found.series.items()
    }


def test_lines_of_json_are_series_with_the_last_value_of_each_key(tmp_path: Path) -> None:
    lines = (
        '{"step": 1, "loss": 0.5}\n{"step": 2, "acc": 0.8, "of": "x"}\r\n\n{"step": 9, "loss": 1}'
    )
    for name in ("m.json", "m.jsonl", "any"):
        found = read(tmp_path, lines, name)
        assert found.values == {"loss": 1, "acc": 0.8, "of": "x"}
        assert series(found) == {"loss": [(1, 0.5), (9, 1)], "acc": [(2, 0.8)]}


def test_one_line_is_a_series_where_the_name_says_lines(tmp_path: Path) -> None:
    for name in ("m.jsonl", "m.ndjson"):
        found = read(tmp_path, '\n{"a": 1}\n', name)
        assert (found.values, series(found)) == ({"a": 1}, {"a": [(2, 1)]})
    assert read(tmp_path, "\n", "m.jsonl").values == {}


def test_a_value_that_is_no_number_is_unknown_or_keeps_its_key_from_being_a_series(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, '{"a": NaN, "b": 1}\n{"a": null, "b": true}\n{"a": 3}')
    assert (found.values, found.unknown) == ({"a": 3, "b": True}, 1)
    assert series(found) == {"a": [(1, None), (2, None), (3, 3)]}


@pytest.mark.parametrize(
    ("content", "values", "unknown"),
    [
        ('{"a": NaN, "b": [-Infinity], "c": 1}', {"a": None, "b": [None], "c": 1}, 2),
        ("a: .nan\nb: {c: -.inf, d: '.nan'}", {"a": None, "b": {"c": None, "d": ".nan"}}, 2),
    ],
)
def test_what_is_no_number_is_null_and_counted(tmp_path: Path, content, values, unknown) -> None:
    assert read(tmp_path, content) == Metrics(values, unknown)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[1, 2]", "metrics file 'm.json' must hold keys and values"),
        ("0.9", "metrics file 'm.json' must hold keys and values"),
        ("just text", "metrics file 'm.json' must hold keys and values"),
        ('{"a": 1, "a": 2}', "metrics file 'm.json': key 'a' is given twice"),
        ("a: 1\nb: {a: 1,\n  a: 2}", "metrics file 'm.json':3:3: b: key 'a' is given twice"),
        ("a: 1\n b: 2", "metrics file 'm.json':2:3: "),
        ("a: &x 1\nb: *x", "metrics file 'm.json':1:4: anchors are refused"),
        ("1: 2", "metrics file 'm.json':1:1: key '1' is not text; quote it"),
        (
            "a: 1\n---\nb: 2",
            "metrics file 'm.json':3:1: there is a second document; one is allowed",
        ),
        (
            '{"a": 1e999}',
            "metrics file 'm.json': the value.a: inf is not a number that can be kept",
        ),
        ("a: 1e999", "metrics file 'm.json':1:4: a: '1e999' is not a number that can be kept"),
        ('{"a": "\\ud800"}', "metrics file 'm.json': the value.a: text is not valid Unicode"),
        (b"\xff\xfe", "metrics file 'm.json' is not UTF-8 text"),
        ("x" * (1 << 20) + "y", "metrics file 'm.json' is larger than 1 MiB"),
        ("[" * 99 + "]" * 99, "nested deeper than 32 levels"),
        ('{"a": ' + "[" * 99999, "nested deeper than 32 levels"),
        ('{"":1}', "metrics file 'm.json': metadata key '' must have 1 to 255 printable"),
        ('{"a": 1}\n{"a": 2', "metrics file 'm.json', line 2 is not a JSON object"),
        ('{"a": 1}\n[2]', "metrics file 'm.json', line 2 is not a JSON object"),
        ('{"a": 1}\n\n{"b": 1, "b": 2}', "metrics file 'm.json', line 3: key 'b' is given twice"),
        (
            '{"a": 1}\n{"step": 1.5}',
            "metrics file 'm.json', line 2: step '1.5' is not a whole number",
        ),
        ('{"step": [1, 2]}\n{}', "line 1: step '[1, 2]' is not a whole number from 0 to 2^53"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_place(tmp_path: Path, content, said: str) -> None:
    assert said in refused(tmp_path, content)


def test_the_number_of_keys_and_of_points_is_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = ", ".join(f'"k{i}": {i}' for i in range(MAX_KEYS))
    assert len(read(tmp_path, f"{{{inside}}}").values) == MAX_KEYS
    assert "has more than 1,000 keys; write what" in refused(
        tmp_path, f'{{"a": {{{inside}}}, "b": 1}}'
    )
    assert "has more than 1,000 keys" in refused(tmp_path, f'{{"a": {list(range(MAX_KEYS + 1))}}}')
    monkeypatch.setattr(metrics, "MAX_POINTS", 100)
    assert len(read(tmp_path, '{"a":1,"b":2}\n' * 50).series["b"]) == 50
    assert "has more than 100 values; write fewer lines" in refused(tmp_path, '{"a":1}\n' * 101)


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/zero", path)])
def test_only_a_regular_file_is_read(tmp_path: Path, make) -> None:
    make(tmp_path / "m.json")
    with pytest.raises((InvalidInputError, UnsafeError)) as caught:
        read_metrics(str(tmp_path / "m.json"), tmp_path, "m.json")
    assert isinstance(caught.value, ArtifactctlError)


@pytest.mark.parametrize("name", ["m.json", "no/m.json", "file/m.json"])
def test_a_file_that_is_not_there_was_not_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotFoundError, match=f"metrics file '{name}' was not written"):
        read_metrics(str(tmp_path / name), tmp_path, name)


def test_a_link_is_followed_inside_of_the_runs_folder_only(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "out").mkdir(parents=True)
    (tmp_path / "secret.json").write_text('{"token": 1}')
    (folder / "out" / "epoch9.json").write_text('{"acc": 1}')
    (folder / "last.json").symlink_to("out/epoch9.json")
    assert read_metrics(str(folder / "last.json"), folder, "last.json").values == {"acc": 1}
    for target in ("../secret.json", str(tmp_path / "secret.json")):
        (folder / "out" / "m.json").unlink(missing_ok=True)
        (folder / "out" / "m.json").symlink_to(target if target[0] == "/" else f"../{target}")
        with pytest.raises(UnsafeError, match="is a link that leads out of the run's folder"):
            read_metrics(str(folder / "out" / "m.json"), folder, "out/m.json")
    (folder / "gone.json").symlink_to("nowhere")
    with pytest.raises(NotFoundError, match="was not written"):
        read_metrics(str(folder / "gone.json"), folder, "gone.json")
    # A path that is no link may be anywhere: who writes the run file has named it.
    assert read_metrics(str(tmp_path / "secret.json"), folder, "x").values == {"token": 1}
