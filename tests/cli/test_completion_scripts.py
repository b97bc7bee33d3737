"""`--show-completion` and `--install-completion`: scripts that work, put where shells look."""

import os
import subprocess

import pytest

from tests.cli.shells import STARTS, Shell
from tests.commands import command, environment
from tests.needed import needs

PLACES = {
    "bash": (".bash_completions/artifactctl.sh", ".bashrc"),
    "zsh": (".zfunc/_artifactctl", ".zshrc"),
    "fish": (".config/fish/completions/artifactctl.fish", None),
}
BEFORE = b"# of the user \xff\nalias ll='ls -l'"

all_shells = pytest.mark.parametrize("name", STARTS)


def need(name):
    needs(name)


@pytest.fixture
def user(tmp_path):
    """The home folder of the user who asks."""
    return tmp_path


@all_shells
def test_the_script_is_one_that_the_shell_takes(run, name):
    need(name)
    script = run("--show-completion", name).ok().out
    checked = subprocess.run([name, "-n"], input=script, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert run(f"--show-completion={name}").ok().out == script


@all_shells
def test_the_shell_that_asks_is_found_without_its_name(home, work, name):
    need(name)
    # A command behind it, so that the shell stays the parent.
    line = " ".join([*command("--show-completion"), "; true"])
    done = subprocess.run([name, "-c", line], env=environment(home), capture_output=True, text=True)
    assert f"# Completion of artifactctl for {name}." in done.stdout


@all_shells
def test_an_installed_completion_is_there_in_the_next_shell(run, home, work, client, name):
    need(name)
    (work / "f").write_text("x")
    client.register("some_name", "f")
    client.close()
    told = run("--install-completion", name).ok()
    path, startup = PLACES[name]
    assert str(home.parent / path) in told.out
    assert told.err == ""
    shell = Shell(name, home.parent, command(), environment(home))
    if startup is not None:
        shell.run(f"source ~/{startup}")
    assert shell.words_after("artifactctl download some") == ["download", "some_name"]
    assert shell.words_after("artifactctl download some") == ["download", "some_name"]
    shell.close()


@all_shells
def test_installing_again_changes_nothing_and_keeps_what_the_user_has(run, user, name):
    path, startup = PLACES[name]
    if startup:
        (user / startup).write_bytes(BEFORE)
    run("--install-completion", name).ok()
    files = [user / place for place in (path, startup) if place]
    first = [file.read_bytes() for file in files]
    if startup:
        assert first[1].startswith(BEFORE + b"\n")
        assert first[1].count(b"\n") == BEFORE.count(b"\n") + 2
    run("--install-completion", name).ok()
    assert [file.read_bytes() for file in files] == first
    assert sorted(files[0].parent.iterdir()) == [files[0]]


@all_shells
def test_a_file_of_that_name_that_is_not_ours_is_kept(run, user, name):
    path = user / PLACES[name][0]
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")
    refused = run("--install-completion", name)
    assert refused.code == 4
    assert str(path) in refused.err
    assert path.read_text() == "mine\n"
    path.write_text("# Completion of artifactctl for an older version\n")
    run("--install-completion", name).ok()
    assert "_ARTIFACTCTL_COMPLETE" in path.read_text()


def test_the_folders_that_shells_are_told_to_use_are_used(run, user):
    run("--install-completion", "zsh", ZDOTDIR=str(user / "zdot")).ok()
    assert "compinit" in (user / "zdot" / ".zshrc").read_text()
    run("--install-completion", "fish", XDG_CONFIG_HOME=str(user / "xdg")).ok()
    assert (user / "xdg" / "fish" / "completions" / "artifactctl.fish").exists()


def test_a_linked_startup_file_stays_a_link(run, user):
    (user / "dotfiles").mkdir()
    (user / "dotfiles" / "bashrc").write_bytes(BEFORE)
    (user / ".bashrc").symlink_to("dotfiles/bashrc")
    run("--install-completion", "bash").ok()
    assert (user / ".bashrc").is_symlink()
    assert (user / "dotfiles" / "bashrc").read_bytes().startswith(BEFORE)


@pytest.mark.parametrize("name", PLACES)
def test_a_pipe_in_a_scripts_place_is_not_waited_for(run, user, name):
    for place in filter(None, PLACES[name]):
        (user / place).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(user / place)
        refused = run("--install-completion", name)
        assert (refused.code, refused.out) == (4, "")
        assert "is not a file" in refused.err
        assert (user / place).is_fifo()
        (user / place).unlink()


@pytest.mark.parametrize("flag", ["--install-completion", "--show-completion"])
def test_a_shell_that_is_not_known_is_wrong_usage(run, user, flag):
    refused = run(flag, "tcsh")
    assert (refused.code, refused.out) == (2, "")
    assert "bash, zsh, fish" in refused.err
    assert not (user / ".bashrc").exists()


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(run, user):
    (user / ".bash_completions").write_text("a file")
    refused = run("--install-completion", "bash")
    assert refused.code == 7
    assert refused.err.count("\n") == 1
