"""The comparison with other programs: what it shows, whom it leaves out, and that it is true."""

import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.peers.candidate import Candidate, Step, every
from tests.benchmarks.peers.candidates import MADE, OWN, ours
from tests.benchmarks.peers.environments import PEERS, Peer, SkippedError, installed, reason_of
from tests.benchmarks.peers.guide import BEGIN, END, GUIDES, put_into_guide
from tests.benchmarks.peers.picture import picture
from tests.benchmarks.peers.racing import race
from tests.benchmarks.peers.results import Cell, Comparison, Line, from_json, to_json
from tests.benchmarks.peers.table import machine_line, notes, seconds, table
from tests.benchmarks.peers.work import Sizes, rows

TINY = Sizes(big_bytes=1 << 20, files=100, changed=3, versions=50, writers=2, saves=2)


def a_comparison() -> Comparison:
    """A peer is far behind at one row, ahead at another, and absent from a third."""

    def line(key: str, ours: list[float], theirs: Cell) -> Line:
        cells = {"artifactctl": Cell(ours), "restic": theirs, "limit": Cell([0.1])}
        return Line(key, f"row {key}", True, cells, {"limit": "`cp`"}, [0.5, 2.0])

    return Comparison(
        titles={"artifactctl": "artifactctl", "restic": "restic", "limit": "limit"},
        versions={"artifactctl": "1.0", "restic": "0.14", "limit": ""},
        skipped={"dvc": "there is no network"},
        machine={
            "date": "2026-01-01",
            "processor": "a <b> & c",
            "cores": "2",
            "memory": "4 GiB",
            "disk": "ext4",
            "kernel": "Linux 6",
            "python": "3.11",
            "commit": "abc",
        },
        rounds=3,
        lines=[
            line("behind", [1.0, 2.0, 3.0], Cell([9.0, 8.0, 20.0], failed=4)),
            line("absent", [0.02], Cell(reason="it writes no zip")),
            line("ahead", [2.0], Cell([1.0])),
        ],
    )


def test_rows_where_a_peer_is_ahead_come_first_and_the_fastest_is_bold() -> None:
    lines = table(a_comparison()).splitlines()
    assert lines[2:] == [
        "| row ahead | 2.00 | **1.00** | 0.10 |",
        "| row behind | **2.00** (1.00) | 9.00 (8.00), 4 failed | 0.10 |",
        "| row absent | **0.020** | \N{EN DASH} | 0.10 |",
    ]
    assert [seconds(value) for value in (0.0123, 0.123, 1.234, 12.34)] == [
        *("0.012", "0.12", "1.23", "12"),
    ]


def test_notes_say_who_is_left_out_and_why_and_what_the_figures_are_of() -> None:
    assert notes(a_comparison()).splitlines() == [
        "- dvc is left out: there is no network.",
        "- **restic**: \N{EN DASH} it writes no zip (absent).",
        "- **limit**: `cp` (behind, absent, ahead).",
    ]
    told = machine_line(a_comparison())
    assert "artifactctl 1.0 (abc)" in told
    assert "load average 0.5 to 2.0" in told
    assert "restic 0.14" in told


def test_json_keeps_every_round() -> None:
    found = a_comparison()
    assert from_json(to_json(found)) == found


def test_the_picture_is_one_file_without_anything_from_elsewhere() -> None:
    found = a_comparison()
    evil = '</title></svg><script>alert(1)</script>&"'
    found = replace(found, titles={**found.titles, "restic": evil})
    found.lines[0].title = evil
    text = picture(found)
    assert not re.search(r"<script|href|url\(|@import|<image|<foreignObject", text)
    tree = ET.fromstring(text)
    shown = [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert evil in shown
    assert "9.00 s, 4 failed" in shown
    bars = [node.get("class") for node in tree.iter("{http://www.w3.org/2000/svg}rect")]
    assert [bar for bar in bars if bar != "paper"] == [
        *("faster", "limit", "slower", "limit", "limit"),
    ]


def test_bars_on_either_side_of_one_are_as_long_as_their_logarithms() -> None:
    found = a_comparison()
    found.lines[0].cells["restic"] = Cell([4.0])  # twice ours; in "ahead", half of it
    tree = ET.fromstring(picture(found))
    width = {
        str(node.get("class")): float(str(node.get("width")))
        for node in tree.iter("{http://www.w3.org/2000/svg}rect")
    }
    assert width["slower"] == pytest.approx(width["faster"], abs=0.2)


def test_what_cannot_be_installed_is_left_out_with_what_the_installer_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    peer = Peer("nobody", "nobody", ("no-such-package>=1",), on_path="--version")
    with pytest.raises(SkippedError, match=r"No matching.*, and nobody is not on PATH"):
        installed(peer, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_python_package_is_looked_for_on_path(tmp_path: Path) -> None:
    assert installed(Peer("sh", "sh", on_path="--version"), tmp_path).name == "sh"
    with pytest.raises(SkippedError, match="no Python package"):
        installed(Peer("sh", "sh"), tmp_path)


def test_the_reason_is_the_line_that_names_the_error() -> None:
    assert reason_of("Traceback\n  File x\nValueError: no\n[note] try again") == "ValueError: no"
    assert reason_of("it is closed\n") == "it is closed"
    assert reason_of("") == "it said nothing"


def test_each_program_has_a_step_or_a_reason_for_every_row() -> None:
    keys = {row.key for row in rows(Sizes())}
    values = {key for key in keys if key.endswith(("-frame", "-array"))}
    assert set(MADE) == set(PEERS)
    made = [*(own() for own in OWN), *(make(Path("/bin/x"), "1") for make in MADE.values())]
    for candidate in made:
        named = {*candidate.steps, *candidate.cannot}
        assert named == {*(keys - values), "values"}, candidate.name
        assert not set(candidate.steps) & set(candidate.cannot)
        assert set(candidate.remarks) <= keys


def test_every_requirement_has_a_range_and_no_address() -> None:
    for peer in PEERS.values():
        for requirement in peer.requirements:
            assert re.fullmatch(r"[\w-]+(\[\w+\])?[<>=][\d.,<>=]+", requirement)


def test_rows_are_measured_and_whoever_fails_or_cheats_is_told_so(tmp_path: Path) -> None:
    real = ours.candidate()

    def pretender(name: str, code: str) -> Candidate:
        step = (sys.executable, "-c", code)
        return replace(
            real,
            name=name,
            cannot=every("writers save-big", "it is not asked"),
            steps={
                "help": lambda _: Step(step),
                "get-big": lambda place: Step((*step, str(place.out)), result=place.out),
            },
            remarks={"help": "not really"},
        )

    failing = pretender("failing", "raise SystemExit('error: not today')")
    cheating = pretender("cheating", "import sys; open(sys.argv[1], 'w').write('x')")
    chosen = [row for row in rows(TINY) if row.key in ("help", "writers", "get-big")]
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("ARTIFACTCTL_HOME", raising=False)
        found = {
            line.key: line
            for line in race([real, failing, cheating, ours.limit()], chosen, TINY, 1, tmp_path)
        }
    assert list(found) == [row.key for row in chosen]
    assert found["help"].cells["failing"].reason == "it ends with code 1: error: not today"
    assert found["get-big"].cells["cheating"].reason == "big is not what was saved"
    assert found["help"].remarks["failing"] == "not really"
    assert len(found["help"].cells["artifactctl"].seconds) == 3
    for key in ("writers", "get-big"):
        assert len(found[key].cells["artifactctl"].seconds) == 1
        assert found[key].cells["artifactctl"].reason == ""
    assert found["writers"].cells["artifactctl"].failed == 0
    assert found["writers"].cells["limit"].reason
    assert found["get-big"].cells["limit"].median
    assert list(tmp_path.iterdir()) == []


def test_the_guide_takes_the_figures_and_keeps_its_own_words(tmp_path: Path) -> None:
    text = (GUIDES / "speed.md").read_text()
    (tmp_path / "speed.md").write_text(text)
    put_into_guide(a_comparison(), tmp_path)
    once = (tmp_path / "speed.md").read_text()
    put_into_guide(a_comparison(), tmp_path)
    assert (tmp_path / "speed.md").read_text() == once
    assert once.partition(BEGIN)[0] == text.partition(BEGIN)[0]
    assert once.partition(END)[2] == text.partition(END)[2]
    block = once.partition(BEGIN)[2].partition(END)[0]
    assert "ahead in 2 of 3 rows. Ahead of it: row ahead (restic)." in block
    assert table(a_comparison()) in block
    assert (tmp_path / "speed.svg").read_text() == picture(a_comparison())
    (tmp_path / "speed.md").write_text("no block")
    with pytest.raises(ValueError, match="no block"):
        put_into_guide(a_comparison(), tmp_path)


def test_the_guide_names_all_rows_and_only_tests_that_exist() -> None:
    text = (GUIDES / "speed.md").read_text()
    keys = text.partition("The keys of the rows: ")[2].partition(".\n")[0]
    assert re.findall(r"`([\w-]+)`", keys) == [row.key for row in rows(Sizes())]
    pins = re.findall(r"`(tests/[\w/]+\.py)`", text)
    assert pins
    assert all((GUIDES.parents[1] / pin).is_file() for pin in pins)
