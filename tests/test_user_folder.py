"""Where the user's data are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from platformdirs import user_data_path

from artifactctl.ownership.tokens import user_data_folder


@pytest.mark.parametrize("data", ["/somewhere/else", "", None])
def test_it_is_where_platformdirs_says(data: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    if data is None:
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_DATA_HOME", data)
    expected = user_data_path("artifactctl", appauthor=False)
    assert user_data_folder() == expected


def test_it_does_not_depend_on_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert user_data_folder() == tmp_path / ".local" / "share" / "artifactctl"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "relative")
    with pytest.raises(FileNotFoundError, match="HOME"):
        user_data_folder()


def test_a_repository_cannot_bring_the_data_folder_of_a_user_without_a_home(
    tmp_path: Path,
) -> None:
    """Without HOME, `~` would be a folder of the working directory."""
    (tmp_path / "~" / ".local").mkdir(parents=True)
    env = {name: value for name, value in os.environ.items() if name == "PATH"}
    words = [sys.executable, "-m", "artifactctl", "artifact", "list"]
    if os.geteuid() == 0:  # whose home folder the system knows
        words = ["setpriv", "--reuid=54321", "--clear-groups", *words]
        tmp_path.chmod(0o755)
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    if "Permission denied" in done.stderr or "No module" in done.stderr:
        pytest.skip("another user cannot read the code here")
    assert not (tmp_path / "~" / ".local" / "share").exists()
