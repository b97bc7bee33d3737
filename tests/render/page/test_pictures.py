"""Comparisons as pictures."""

import struct
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.render.page import write_plot
from tests.render.page.comparisons import ABSENT, big, comparison, row, sweep

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(path: Path) -> tuple[list[str], list[ElementTree.Element]]:
    """The texts of an SVG, and the paths of its lines."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.tag == f"{SVG}svg"
    groups = [g for g in root.iter(f"{SVG}g") if "line-marks" in (g.get("class") or "")]
    return [text.text or "" for text in root.iter(f"{SVG}text")], list(groups[0].iter(f"{SVG}path"))


def test_parallel_coordinates_name_every_axis_and_draw_every_run(tmp_path: Path):
    write_plot(sweep(8), tmp_path / "plot.svg")
    texts, lines = _drawn(tmp_path / "plot.svg")

    assert {f"nightly-{index}" for index in range(1, 9)} <= set(texts)
    assert {"accuracy", "f1_macro", "loss", "learning_rate", "depth"} <= set(texts)
    assert [line.get("aria-label") for line in lines] == [f"nightly-{i}" for i in range(1, 9)]
    assert "Colour: test.accuracy" in texts
    assert "missing" in texts


def test_no_more_than_twelve_axes_unless_keys_say_which(tmp_path: Path):
    write_plot(big(4, 40), tmp_path / "few.svg")
    keys = [f"layer{index}.loss" for index in range(10)] + ["status", "duration_s", "created"]
    write_plot(big(4, 40), tmp_path / "all.svg", keys)

    titles = _drawn(tmp_path / "few.svg")[0]
    assert titles.count("accuracy") + titles.count("loss") == 12
    assert _drawn(tmp_path / "all.svg")[0].count("loss") == 10
    assert "completed" in _drawn(tmp_path / "all.svg")[0]


def test_a_single_key_is_drawn_over_the_order_of_making(tmp_path: Path):
    made = sweep(8)
    made["columns"].reverse()
    for values in made["rows"]:
        values["values"].reverse()
        values["missing"].reverse()
    write_plot(made, tmp_path / "line.svg", ["test.accuracy"])
    texts, lines = _drawn(tmp_path / "line.svg")

    names = [text for text in texts if text.startswith("nightly")]
    assert names == [f"nightly-{index}" for index in range(1, 9)]
    assert "test.accuracy" in texts
    assert (lines[0].get("d") or "").count("M") == 2, "what is missing is a gap"


def test_a_png_has_twice_the_dots_for_the_screens_of_today(tmp_path: Path):
    write_plot(sweep(8), tmp_path / "plot.PNG")
    content = (tmp_path / "plot.PNG").read_bytes()

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width > 1600
    assert height == 2 * 590


def test_hostile_names_are_only_shown(tmp_path: Path):
    hostile = ["</text><script>alert(1)</script>", "a\x00\x1b[31m\u2028\ud800", "&amp;<!-- ]]>"]
    made = comparison(hostile, *[row(name, 1, index, 3) for index, name in enumerate(hostile)])
    write_plot(made, tmp_path / "plot.svg")
    texts, _ = _drawn(tmp_path / "plot.svg")

    assert hostile[0] in texts
    assert r"a\x00\x1b[31m\u2028\ud800" in texts
    assert hostile[2] in texts
    text = (tmp_path / "plot.svg").read_text()
    assert "<script" not in text
    assert "href" not in text.replace("xmlns:xlink", "")


def test_names_at_one_height_do_not_overlap(tmp_path: Path):
    names = [f"r{index}" for index in range(20)]
    made = comparison(names, row("x", *range(20)), row("y", *[1] * 19, ABSENT))
    write_plot(made, tmp_path / "plot.svg", ["x", "y"])
    root = ElementTree.fromstring((tmp_path / "plot.svg").read_text())
    placed = {t.text: t.get("transform") or "" for t in root.iter(f"{SVG}text") if t.text in names}
    heights = sorted(float(place.rstrip(")").split(",")[1]) for place in placed.values())

    assert len(heights) == 20
    assert min(b - a for a, b in pairwise(heights)) >= 17


def test_what_cannot_be_drawn_is_refused(tmp_path: Path):
    for name in ("plot.pdf", "plot"):
        with pytest.raises(WrongUsageError, match="no known picture format") as caught:
            write_plot(sweep(2), tmp_path / name)
        assert caught.value.hint == "use a name ending in .svg or .png"
    with pytest.raises(WrongUsageError, match="no key 'acuracy'"):
        write_plot(sweep(2), tmp_path / "plot.svg", ["acuracy"])
    words = comparison(["a", "b"], row("note", "x", "y"))
    for column in words["columns"]:
        column["duration_s"] = None
    with pytest.raises(InvalidInputError, match="no numbers"):
        write_plot(words, tmp_path / "plot.svg")
    with pytest.raises(InvalidInputError, match="no numbers"):
        write_plot(comparison([], row("x")), tmp_path / "plot.svg", ["x"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keys", [(), ("x",), ("x", "y")])
@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_few_columns_and_equal_values_are_drawn_too(
    tmp_path: Path, names: list[str], keys: tuple[str, ...]
):
    made = comparison(names, row("x", *[1.5] * len(names)), row("y", *[ABSENT] * len(names)))
    write_plot(made, tmp_path / "plot.svg", keys)

    assert "NaN" not in (tmp_path / "plot.svg").read_text()
