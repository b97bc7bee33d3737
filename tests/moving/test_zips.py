"""Our own zip files: others read them, and they hold more and larger members than 32 bits count."""

import io
import zipfile
from pathlib import Path

import pytest

from artifactctl.moving import zip_layout
from artifactctl.moving.zip_reading import iterate_members, open_member, read_member
from artifactctl.moving.zip_writing import ZipWriter


def written(path: Path, members: dict[str, bytes]) -> None:
    """The members by turns as bytes and as streams."""
    with path.open("wb") as file:
        writer = ZipWriter(file)
        for number, (name, content) in enumerate(members.items()):
            if number % 2:
                writer.add_stream(name, io.BytesIO(content), len(content))
            else:
                writer.add(name, content)
        writer.close()


def read(path: Path) -> dict[str, bytes]:
    found = {}
    with path.open("rb") as file:
        for member in iterate_members(file.fileno()):
            found[member.name] = read_member(file.fileno(), member)
            assert open_member(file.fileno(), member).read() == found[member.name]
    return found


def test_what_is_written_is_read_by_us_and_by_others(tmp_path: Path):
    members = {"a": b"", "b": b"text", "c": bytes(70_000), "d": b"stream"}
    written(tmp_path / "z", members)
    assert read(tmp_path / "z") == members
    with zipfile.ZipFile(tmp_path / "z") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == members


def test_more_members_than_16_bits_count(tmp_path: Path):
    members = {f"m{number}": b"%d" % number for number in range(66_000)}
    written(tmp_path / "z", members)
    with (tmp_path / "z").open("rb") as file:
        assert sum(1 for _ in iterate_members(file.fileno())) == 66_000
    with zipfile.ZipFile(tmp_path / "z") as archive:
        assert len(archive.namelist()) == 66_000
        assert archive.read("m65999") == b"65999"


def test_sizes_and_places_beyond_32_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As if 32 bits ended at 1,000: the layout is that of zip64, only the border is another."""
    monkeypatch.setattr(zip_layout, "FULL_32", 1000)
    members = {"a": bytes(10), "b": bytes(2000), "c": bytes(999), "d": bytes(3000), "e": b"x"}
    written(tmp_path / "z", members)
    assert read(tmp_path / "z") == members


def test_a_stream_of_another_size_is_refused(tmp_path: Path):
    with (tmp_path / "z").open("wb") as file, pytest.raises(ValueError, match="not 3"):
        ZipWriter(file).add_stream("a", io.BytesIO(b"ab"), 3)
