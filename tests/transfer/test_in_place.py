"""Recording data in place through `link`."""

from pathlib import Path

import pytest

from artifactctl.digests import digest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import IntegrityError, InvalidInputError, UnsafeError, WrongUsageError
from artifactctl.selection import Selection
from artifactctl.store.local import LocalStore
from artifactctl.transfer import STDIN, CollectOptions, download, link, own_data
from tests.transfer.conftest import TREE, planned, read_tree, write_tree


def test_a_folder_is_recorded_and_downloaded_from_its_place(store: LocalStore, work: Path) -> None:
    write_tree(work / "top", TREE)
    manifest, _ = link("top", CollectOptions())
    assert (manifest.kind, manifest.link) == (VersionKind.FOLDER, f"file://{work}/top")
    assert {entry.path: entry.digest for entry in manifest.entries} == {
        path: digest_of(content) for path, content in TREE.items()
    }
    assert manifest.digests == frozenset()
    download(planned(manifest, work / "copy"), store)
    assert read_tree(work / "copy") == TREE


def test_only_what_is_selected_is_recorded(work: Path) -> None:
    write_tree(work / "top", TREE)
    manifest, _ = link("top", CollectOptions(Selection(("*.csv",))))
    assert [entry.path for entry in manifest.entries] == ["a.csv", "sub/b.csv"]


def test_a_file_that_changed_is_not_downloaded(store: LocalStore, work: Path) -> None:
    write_tree(work, TREE)
    manifest, _ = link("a.csv", CollectOptions())
    (work / "a.csv").write_bytes(b"9,9\n")
    with pytest.raises(IntegrityError):
        download(planned(manifest, work / "copy"), store)
    assert not (work / "copy").exists()


def test_what_could_not_be_registered_cannot_be_linked_either(work: Path) -> None:
    write_tree(work, {"top/a": b"", "outside": b""})
    (work / "top" / "link").symlink_to(work / "outside")
    (work / "empty").mkdir()
    with pytest.raises(UnsafeError):
        link("top", CollectOptions())
    with pytest.raises(InvalidInputError):
        link("empty", CollectOptions())
    with pytest.raises(WrongUsageError, match="standard input"):
        link(STDIN, CollectOptions())


def test_artifactctls_own_data_is_no_part_of_a_linked_folder(work: Path) -> None:
    write_tree(work / "top", TREE)
    write_tree(work / "top" / ".home", {"token": b"", "store/blobs/aa": b"", "store/mine/x": b"1"})
    home = str(work / "top" / ".home")
    own = own_data(home, f"{home}/store", f"{home}/catalog.db")
    manifest, notes = link("top", CollectOptions(own=own))
    assert {entry.path for entry in manifest.entries} == {*TREE, ".home/store/mine/x"}
    assert notes == ("left out artifactctl's own data: .home/store/blobs, .home/token",)
    assert link(f"{home}/store/mine", CollectOptions(own=own))[0].entries
    with pytest.raises(UnsafeError, match="own data"):
        link(f"{home}/store/blobs", CollectOptions(own=own))


def test_a_link_that_leads_elsewhere_later_is_an_integrity_error(
    store: LocalStore, work: Path
) -> None:
    write_tree(work, {"one": b"1", "two": b"2"})
    (work / "link").symlink_to("one")
    manifest, _ = link("link", CollectOptions())
    (work / "link").unlink()
    (work / "link").symlink_to("two")
    with pytest.raises(IntegrityError):
        download(planned(manifest, work / "copy"), store)
