"""Whose home it is: the user's whose artifactctl made it, where it was made, and nobody else's."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.ownership import Access, claim_catalog, claim_home, is_own, standing_of
from tests.checker import check_home
from tests.commands import environment
from tests.conftest import Run
from tests.needed import needs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder: the same here and in the commands that tests run."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "artifactctl"


@pytest.fixture
def made(home: Path, client: Client, work: Path) -> Path:
    """A home that a first register has made."""
    (work / "f").write_text("x")
    client.register("x", work / "f")
    assert owns(home)
    return home


def owns(home: Path) -> bool:
    return is_own(home, home / "catalog.db", home / "store")


def token_of(home: Path, data_folder: Path) -> str:
    """The token of a home, having looked at both places where it is."""
    (known,) = (data_folder / "homes").iterdir()
    token, place = (home / "token").read_text().splitlines()
    assert known.read_text().splitlines()[0] == token
    assert place == os.path.realpath(home)
    assert len(bytes.fromhex(token)) == 16
    return token


def test_a_home_that_a_first_register_made_is_the_users_own(made: Path, data_folder: Path) -> None:
    token_of(made, data_folder)
    for path in (made / "token", *(data_folder / "homes").iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (data_folder / "homes").stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in made.iterdir()) == ["catalog.db", "store", "token"]


def test_a_home_that_init_made_is_the_users_own_wherever_its_parts_are(work: Path) -> None:
    Client.init(work / "a")[0].close()
    home = work / "a" / ".artifactctl"
    assert owns(home)
    client, _ = Client.init(work / "b", catalog=str(work / "c.db"), store=str(work / "s"))
    (work / "f").write_text("x")
    client.register("x", work / "f")
    client.close()
    apart = work / "b" / ".artifactctl"
    assert is_own(apart, work / "c.db", work / "s")
    assert not is_own(apart, work / "c.db", None)
    assert not is_own(apart, home / "catalog.db", work / "s")
    os.chmod(work / "s", 0o770)
    assert not is_own(apart, work / "c.db", work / "s")


def test_the_default_home_is_the_data_folder_itself(run: Run, data_folder: Path, work: Path):
    (work / "f").write_text("x")
    run("register", "x", "f", ARTIFACTCTL_HOME="").ok()
    assert owns(data_folder)
    token_of(data_folder, data_folder)
    check_home(data_folder)


def test_nothing_that_is_shown_has_the_token(made: Path, data_folder: Path, run: Run) -> None:
    token = token_of(made, data_folder)
    for words in (("info",), ("info", "-o", "json"), ("artifact", "version", "describe", "x")):
        done = run(*words).ok()
        assert token not in done.out + done.err


def test_a_home_that_was_copied_or_moved_is_a_strangers(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made, copy)
    assert owns(made)
    assert not owns(copy)
    made.rename(tmp_path / "moved")
    assert not owns(tmp_path / "moved")
    copy.rename(made)  # what was copied from here and comes back
    assert owns(made)


def test_a_home_is_found_by_where_it_really_is(made: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(made)
    assert owns(tmp_path / "link")


def test_a_token_that_the_users_folder_does_not_know_says_nothing(
    made: Path, data_folder: Path
) -> None:
    shutil.rmtree(data_folder)
    assert not owns(made)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"0" * 31, b"0" * 33, b"0" * 32, b"0" * 32 + b"\n"]
)
@pytest.mark.parametrize("place", ["home", "data"])
def test_tokens_that_are_not_whole_or_not_equal_say_nothing(
    made: Path, data_folder: Path, place: str, content: bytes
) -> None:
    path = made / "token" if place == "home" else next((data_folder / "homes").iterdir())
    path.write_bytes(content)
    assert not owns(made)


def test_empty_tokens_on_both_sides_are_not_equal(made: Path, data_folder: Path) -> None:
    for path in (made / "token", *(data_folder / "homes").iterdir()):
        path.write_bytes(b"")
    assert not owns(made)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_token_that_is_no_regular_file_says_nothing(made: Path, tmp_path: Path, kind: str):
    token = made / "token"
    token.rename(tmp_path / "elsewhere")
    if kind == "link":
        token.symlink_to(tmp_path / "elsewhere")
    elif kind == "pipe":
        os.mkfifo(token)
    else:
        token.mkdir()
    assert not owns(made)


@pytest.mark.parametrize("part", ["", "token", "catalog.db", "store"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_a_home_that_others_may_write_is_shared(made: Path, part: str, mode: int) -> None:
    path = made / part
    before = path.stat().st_mode
    os.chmod(path, before | mode)
    assert not owns(made)
    os.chmod(path, before)
    assert owns(made)


@as_root
@pytest.mark.parametrize("part", ["", "token", "catalog.db", "store"])
def test_a_home_with_parts_of_another_user_is_a_strangers(made: Path, part: str) -> None:
    os.chown(made / part, 65534, -1)
    assert not owns(made)


@as_root
def test_a_home_of_another_user_is_a_strangers_to_that_user_and_to_root(
    made: Path, tmp_path: Path, data_folder: Path
) -> None:
    probe = (
        "import sys; from pathlib import Path; from artifactctl.ownership import is_own;"
        "h = Path(sys.argv[1]); print(is_own(h, h / 'catalog.db', h / 'store'))"
    )

    def other_owns(*wrapper: str) -> str:
        words = [*wrapper, sys.executable, "-c", probe, str(made)]
        env = environment(made, PYTHONPATH=_ROOT)
        done = subprocess.run(words, capture_output=True, text=True, env=env, cwd="/")
        if "Permission denied" in done.stderr or "No module" in done.stderr:
            pytest.skip("another user cannot read the code here")
        return done.stdout.strip()

    needs("setpriv")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    assert other_owns() == "True"
    assert other_owns("setpriv", "--reuid=65534", "--clear-groups") == "False"
    subprocess.run(["chown", "-R", "65534", made], check=True)
    assert other_owns() == "False"
    # Nor does the other user know its token.
    assert other_owns("setpriv", "--reuid=65534", "--clear-groups") == "False"


_ROOT = str(Path(__file__).parent.parent)


@as_root
def test_root_makes_no_folders_in_the_data_folder_of_another_user(
    tmp_path: Path, run: Run, home: Path, work: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, -1)
    (work / "f").write_text("x")
    run("register", "x", "f", XDG_DATA_HOME=str(theirs / "share")).ok()
    assert list(theirs.iterdir()) == []
    assert not (home / "token").exists()


def test_a_data_folder_that_cannot_be_written_fails_no_register(
    tmp_path: Path, run: Run, home: Path, work: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    (work / "f").write_text("x")
    done = run("register", "x", "f", XDG_DATA_HOME=str(tmp_path / "file")).ok()
    assert done.err == ""
    assert not owns(home)


def test_a_catalog_that_is_there_or_is_rebuilt_makes_no_home_ones_own(
    made: Path, tmp_path: Path, run: Run
) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(made, clone, ignore=shutil.ignore_patterns("token"))
    with_catalog, without = clone, tmp_path / "without"
    shutil.copytree(clone, without)
    (without / "catalog.db").unlink()
    run("--home", with_catalog, "register", "x", "f").ok()
    assert run("--home", without, "register", "x", "f").code == 6
    run("--home", without, "catalog", "rebuild").ok()
    run("--home", without, "register", "x", "f").ok()
    for home in (with_catalog, without):
        assert not owns(home)
        assert not (home / "token").exists()


def test_a_new_catalog_elsewhere_makes_no_home_ones_own_that_a_clone_brought(
    made: Path, tmp_path: Path, run: Run
) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(made, clone, ignore=shutil.ignore_patterns("token"))
    elsewhere = {"ARTIFACTCTL_CATALOG": f"{tmp_path}/c.db", "ARTIFACTCTL_STORE": f"{tmp_path}/s"}
    run("--home", clone, "register", "x", "f", **elsewhere).ok()
    assert not is_own(clone, tmp_path / "c.db", tmp_path / "s")
    assert not owns(clone)
    assert not (clone / "token").exists()
    assert standing_of(clone, is_found=True).access is Access.NONE


def test_a_second_catalog_of_a_home_is_claimed_with_the_same_token(
    made: Path, data_folder: Path, tmp_path: Path, work: Path, run: Run
) -> None:
    token = token_of(made, data_folder)
    run("register", "x", "f", ARTIFACTCTL_CATALOG=f"{tmp_path}/c.db", ARTIFACTCTL_STORE="s").ok()
    assert token_of(made, data_folder) == token
    assert owns(made)
    assert is_own(made, tmp_path / "c.db", work / "s")


def test_a_token_that_a_clone_brought_is_not_taken_over(
    home: Path, client: Client, work: Path
) -> None:
    home.mkdir()
    (home / "token").write_text("0" * 32)
    (work / "f").write_text("x")
    client.register("x", work / "f")
    assert (home / "token").read_text() == "0" * 32
    assert not owns(home)
    assert standing_of(home, is_found=True).access is Access.NONE


def test_a_home_made_again_at_the_same_place_is_claimed_again(made: Path, run: Run) -> None:
    shutil.rmtree(made)
    run("register", "x", "f").ok()
    assert owns(made)


def test_many_who_claim_at_once_end_with_one_pair(home: Path, data_folder: Path) -> None:
    def claim(number: int) -> Path:
        claim_home(home)
        catalog = home / f"catalog{number}.db"
        catalog.touch(0o600)
        claim_catalog(home, catalog)
        return catalog

    for _ in range(20):
        shutil.rmtree(data_folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
        with ThreadPoolExecutor(8) as pool:
            catalogs = list(pool.map(claim, range(8)))
        (home / "store").mkdir()
        token_of(home, data_folder)
        assert all(is_own(home, catalog, home / "store") for catalog in catalogs)
    shutil.rmtree(home)


def test_first_registers_at_once_leave_a_home_of_ones_own(
    home: Path, work: Path, data_folder: Path
) -> None:
    (work / "f").write_text("x")
    words = [sys.executable, "-m", "artifactctl", "register", "x", "f"]
    env = environment(home)
    running = [
        subprocess.Popen(words, cwd=work, env=env, stdout=subprocess.DEVNULL) for _ in range(4)
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    token_of(home, data_folder)
    assert owns(home)


def test_a_home_that_was_killed_before_its_catalog_is_still_ones_own(home: Path) -> None:
    claim_home(home)
    (home / "store" / "tmp").mkdir(parents=True)
    assert standing_of(home, is_found=True).access is Access.WRITE
    shutil.rmtree(home)


@pytest.mark.parametrize("content", [(), (".gitignore",)])
def test_a_bare_folder_is_nobodys_and_becomes_own_with_the_first_write(
    work: Path, run: Run, content: tuple[str, ...]
) -> None:
    home = work / ".artifactctl"
    home.mkdir()
    for name in content:
        (home / name).write_text("*\n")
    (work / "f").write_text("x")
    assert standing_of(home, is_found=True).access is Access.WRITE
    run("register", "x", "f", ARTIFACTCTL_HOME="").ok()
    assert run("artifact", "list", "-q", ARTIFACTCTL_HOME="").ok().out == "x\n"
    assert owns(home)


def test_a_folder_that_others_can_write_to_is_not_taken_though_it_is_bare(work: Path) -> None:
    home = work / ".artifactctl"
    home.mkdir()
    home.chmod(0o777)
    assert standing_of(home, is_found=True).access is Access.NONE
    assert standing_of(home, is_found=False).access is Access.READ
    claim_home(home)
    assert list(home.iterdir()) == []


def test_a_home_made_by_an_earlier_version_is_known_by_its_token_alone(
    made: Path, data_folder: Path
) -> None:
    token = token_of(made, data_folder)
    (made / "token").write_text(token)
    assert owns(made)
    assert standing_of(made, is_found=True).access is Access.WRITE
