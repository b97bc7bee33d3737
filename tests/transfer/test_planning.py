"""What a destination means."""

from pathlib import Path

import pytest

from artifactctl.digests import digest_of
from artifactctl.enums import DownloadMode, VersionKind
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.manifest import Entry, Manifest
from artifactctl.selection import Selection
from artifactctl.transfer import STDOUT, DownloadOptions, plan_download

FILE = Manifest.of(VersionKind.FILE, [Entry("f.bin", 1, digest_of(b"1"), 0)])
ZIP = Manifest.of(VersionKind.FILE, [Entry("f.zip", 1, digest_of(b"1"), 0)])
FOLDER = Manifest.of(
    VersionKind.FOLDER, [Entry(path, 1, digest_of(b"1"), 0) for path in ("a", "sub/b")]
)
LINKED = Manifest.of(VersionKind.FILE, FILE.entries, "file:///data/f.bin")
ALL = DownloadOptions(Selection())


@pytest.mark.parametrize(
    ("manifest", "dest", "target", "kind"),
    [
        (FILE, None, "f.bin", "file"),
        (FILE, "g", "g", "file"),
        (FILE, "there", "there/f.bin", "file"),
        (FILE, "new/", "new/f.bin", "file"),
        (FILE, "x.zip", "x.zip", "zip"),
        (ZIP, "x.zip", "x.zip", "file"),
        (FOLDER, None, "name", "folder"),
        (FOLDER, "there", "there", "folder"),
        (FOLDER, "new/deep", "new/deep", "folder"),
        (FOLDER, "x.ZIP", "x.ZIP", "zip"),
    ],
)
def test_a_destination_is_a_file_a_folder_or_a_zip(
    work: Path, manifest: Manifest, dest: str | None, target: str, kind: str
) -> None:
    (work / "there").mkdir()
    made = plan_download(manifest, "name", dest, ALL)
    assert made.target == str(work / target)
    assert (made.is_folder, made.as_zip) == (kind == "folder", kind == "zip")


def test_a_zip_that_is_asked_for_gets_its_ending(work: Path) -> None:
    options = DownloadOptions(Selection(), as_zip=True)
    assert plan_download(FOLDER, "name", None, options).target == str(work / "name.zip")
    assert plan_download(FILE, "name", None, options).target == str(work / "f.bin.zip")
    assert plan_download(FOLDER, "name", "given", options).target == str(work / "given")


def test_the_part_is_beside_the_target(work: Path) -> None:
    assert plan_download(FOLDER, "name", "new", ALL).part == str(work / ".new.artifactctl-part")


def test_the_target_may_be_reached_through_links(work: Path) -> None:
    (work / "real").mkdir()
    (work / "link").symlink_to("real")
    assert plan_download(FILE, "name", "link/f", ALL).target == str(work / "real" / "f")


def test_only_what_is_selected_is_planned() -> None:
    made = plan_download(FOLDER, "name", None, DownloadOptions(Selection((), ("sub",))))
    assert [entry.path for entry in made.entries] == ["a"]
    assert made.size_bytes == 1
    with pytest.raises(NotFoundError):
        plan_download(FOLDER, "name", None, DownloadOptions(Selection(("nothing",))))


def test_standard_output_takes_one_file_as_it_is() -> None:
    assert plan_download(FILE, "name", STDOUT, ALL).target == STDOUT
    assert (
        plan_download(FOLDER, "name", STDOUT, DownloadOptions(Selection(("a",)))).target == STDOUT
    )
    with pytest.raises(WrongUsageError, match="has 2 files"):
        plan_download(FOLDER, "name", STDOUT, ALL)
    with pytest.raises(WrongUsageError):
        plan_download(FILE, "name", STDOUT, DownloadOptions(Selection(), as_zip=True))


@pytest.mark.parametrize("mode", [DownloadMode.HARDLINK, DownloadMode.SYMLINK])
def test_links_go_neither_with_zips_nor_with_linked_data(mode: DownloadMode) -> None:
    options = DownloadOptions(Selection(), mode=mode)
    for manifest, dest in ((FOLDER, "x.zip"), (LINKED, "x"), (FILE, STDOUT)):
        with pytest.raises(WrongUsageError):
            plan_download(manifest, "name", dest, options)


def test_planning_touches_nothing(work: Path) -> None:
    plan_download(FOLDER, "name", "new/deep", ALL)
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "dest", "options"),
    [
        ("😀" * 64, None, {}),
        ("n" * 252, None, {"as_zip": True}),
        ("name", "d" * 256, {}),
        ("name", f"{'d' * 256}/new", {}),
        ("name", "é" * 128, {"force": True}),
    ],
)
def test_a_name_that_no_file_can_have_is_refused(
    work: Path, name: str, dest: str | None, options: dict[str, bool]
) -> None:
    with pytest.raises(InvalidInputError, match="256 bytes") as caught:
        plan_download(FOLDER, name, dest, DownloadOptions(Selection(), **options))
    assert "destination" in caught.value.hint
    assert plan_download(FOLDER, name, "short", ALL).target == str(work / "short")


@pytest.mark.parametrize("dest", ["a\0b", "a\ud800"])
def test_what_can_be_no_path_is_refused(dest: str) -> None:
    with pytest.raises(InvalidInputError, match="not a valid path"):
        plan_download(FOLDER, "name", dest, ALL)
