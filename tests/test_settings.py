"""Where the home, the catalog and the store are, and who said so."""

import json
import stat
from pathlib import Path

import pytest

from artifactctl import settings
from artifactctl.errors import ConflictError, InvalidInputError, WrongUsageError
from artifactctl.settings import make_home


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working directory deep inside of a folder that has a home."""
    (tmp_path / ".artifactctl").mkdir()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    return inner


def configure(home: Path, text: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.yaml").write_text(text)
    return home


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_flag_wins_over_the_environment_over_the_nearest_folder(place: Path):
    environ = {"ARTIFACTCTL_HOME": "/from/environment"}
    assert settings.load("/from/flag", cwd=place, environ=environ).home.value == "/from/flag"
    assert settings.load(cwd=place, environ=environ).home.value == "/from/environment"
    assert settings.load(cwd=place, environ={}).home_path == place.parents[1] / ".artifactctl"


def test_each_home_says_where_it_was_found(place: Path):
    environ = {"ARTIFACTCTL_HOME": "/x"}
    assert settings.load("/x", cwd=place, environ=environ).home.source == "--home"
    assert settings.load(cwd=place, environ=environ).home.source == "ARTIFACTCTL_HOME"
    assert str(place) in settings.load(cwd=place, environ={}).home.source


def test_the_nearest_folder_upwards_is_the_home(place: Path):
    nearer = place.parent / ".artifactctl"
    nearer.mkdir()
    assert settings.load(cwd=place, environ={}).home_path == nearer


def test_a_file_of_that_name_is_no_home(place: Path):
    (place / ".artifactctl").write_text("")
    assert settings.load(cwd=place, environ={}).home_path == place.parents[1] / ".artifactctl"


def test_without_anything_the_home_is_the_users_data_folder(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    found = settings.load(cwd=Path("/"), environ={})
    assert found.home.source == "default"
    assert found.home_path.name == "artifactctl"
    assert found.home_path.is_relative_to(tmp_path)


def test_an_empty_variable_is_as_good_as_none(place: Path):
    environ = {"ARTIFACTCTL_HOME": "", "ARTIFACTCTL_CATALOG": "", "ARTIFACTCTL_OUTPUT": ""}
    assert settings.load(cwd=place, environ=environ) == settings.load(cwd=place, environ={})


def test_the_environment_wins_over_the_config_file_over_the_default(tmp_path: Path):
    home = configure(tmp_path / "h", "catalog: conf.db\nstore: conf-store\noutput: csv\n")
    environ = {
        "ARTIFACTCTL_CATALOG": "/e/env.db",
        "ARTIFACTCTL_STORE": "file:///e/store",
        "ARTIFACTCTL_OUTPUT": "yaml",
    }
    default = settings.load(str(tmp_path / "other"), environ={})
    configured = settings.load(str(home), environ={})
    overruled = settings.load(str(home), environ=environ)
    assert [default.catalog.source, default.store.source, default.output.source] == ["default"] * 3
    assert (configured.catalog_path, configured.output.value) == (home / "conf.db", "csv")
    assert configured.store.value == f"file://{home}/conf-store"
    assert configured.store.source == f"{home}/config.yaml"
    assert (overruled.catalog_path, overruled.output.value) == (Path("/e/env.db"), "yaml")
    assert overruled.store == settings.Setting("file:///e/store", "ARTIFACTCTL_STORE")


def test_a_relative_path_starts_where_it_was_written(tmp_path: Path):
    home = configure(tmp_path / "h", "catalog: sub/c.db\n")
    environ = {"ARTIFACTCTL_STORE": "sub/store"}
    found = settings.load(str(home), cwd=tmp_path / "w", environ=environ)
    assert found.catalog_path == home / "sub/c.db"
    assert found.store.value == f"file://{tmp_path}/w/sub/store"


def test_a_flag_wins_over_environment_and_config_on_the_command_line(run, home: Path):
    configure(home, "output: csv\n")
    assert run("artifact", "list").ok().out.startswith("id,name")
    assert json.loads(run("artifact", "list", ARTIFACTCTL_OUTPUT="json").ok().out)["items"] == []
    flagged = run("artifact", "list", "-o", "yaml", ARTIFACTCTL_OUTPUT="json").ok()
    assert flagged.out.startswith("items: []")


def test_info_says_where_each_value_came_from(run, home: Path):
    configure(home, "store: elsewhere\n")
    found = json.loads(run("info", "-o", "json", ARTIFACTCTL_OUTPUT="table").ok().out)
    assert found["home"] == {"value": str(home), "source": "ARTIFACTCTL_HOME"}
    assert found["store"]["source"] == f"{home}/config.yaml"
    assert found["catalog"]["source"] == "default"
    assert found["output"]["source"] == "ARTIFACTCTL_OUTPUT"


@pytest.mark.parametrize(
    "text",
    [
        "colour: red",
        "[1]",
        "text",
        "catalog: 5",
        "catalog: ''",
        "catalog: a\ncatalog: b",
        "store: *x",
        "a: [",
        "1: x",
    ],
)
def test_a_config_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str):
    home = configure(tmp_path / "h", text)
    with pytest.raises(InvalidInputError, match=r"config\.yaml"):
        settings.load(str(home), environ={})


def test_an_empty_config_file_says_nothing(tmp_path: Path):
    home = configure(tmp_path / "h", "# nothing yet\n")
    assert settings.load(str(home), environ={}).output.source == "default"


def test_an_unknown_output_is_refused_with_its_source_and_the_right_ones():
    with pytest.raises(WrongUsageError, match="ARTIFACTCTL_OUTPUT") as caught:
        settings.load("/h", environ={"ARTIFACTCTL_OUTPUT": "xml"})
    assert "json" in caught.value.hint


@pytest.mark.parametrize("variable", ["ARTIFACTCTL_CATALOG", "ARTIFACTCTL_STORE"])
def test_the_password_of_a_refused_url_is_not_shown(variable: str):
    url = "weird://user:hunter2@host/db?sslpassword=hunter2"
    with pytest.raises(WrongUsageError) as caught:
        settings.load("/h", environ={variable: url})
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.details}"
    assert "user:***@host" in str(caught.value)


@pytest.mark.parametrize("url", ["s3://[a@b", "s3://k:hunter2@[x"])
def test_a_url_that_cannot_be_read_is_refused_and_its_password_not_shown(url: str):
    with pytest.raises(WrongUsageError) as caught:
        settings.load("/h", environ={"ARTIFACTCTL_STORE": url})
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.details}"


def test_a_home_is_for_its_owner_alone(tmp_path: Path):
    home = tmp_path / ".artifactctl"
    assert make_home(home, catalog="sqlite:////x/c.db", store=None)
    assert mode_of(home) == 0o700
    assert mode_of(home / "config.yaml") == 0o600
    assert settings.load(str(home), environ={}).catalog_path == Path("/x/c.db")


def test_the_first_write_makes_a_home_for_its_owner_alone(client, home: Path, work: Path):
    (work / "f").write_text("x")
    client.register("a", "f")
    assert mode_of(home) == 0o700
    assert mode_of(home / "catalog.db") == 0o600
    assert client.verify() == []


def test_making_the_same_home_again_changes_nothing(tmp_path: Path):
    home = tmp_path / "h"
    assert make_home(home, store="file:///it's here/#1: x")
    assert not make_home(home, store="file:///it's here/#1: x")
    assert not make_home(home)
    assert settings.load(str(home), environ={}).store.value == "file:///it's here/#1: x"
    with pytest.raises(ConflictError, match="other settings"):
        make_home(home, store="file:///there")


def test_a_home_is_not_made_for_a_url_that_cannot_be_used(tmp_path: Path):
    with pytest.raises(WrongUsageError):
        make_home(tmp_path / "h", catalog="mysql://x")
    assert not (tmp_path / "h" / "config.yaml").exists()


def test_the_timeout_is_in_seconds_from_flag_variable_file_or_default(tmp_path: Path):
    home = configure(tmp_path / "h", "timeout: 2.5\n")
    environ = {"ARTIFACTCTL_TIMEOUT": "7"}
    assert settings.load(str(tmp_path / "other"), environ={}).timeout_s == 60
    assert settings.load(str(home), environ={}).timeout_s == 2.5
    assert settings.load(str(home), environ=environ).timeout_s == 7
    found = settings.load(str(home), timeout="9", environ=environ)
    assert (found.timeout_s, found.timeout.source) == (9, "--timeout")


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon", "", "1e9"])
def test_a_timeout_that_is_no_time_is_refused(run, text: str):
    refused = run("info", "--timeout", text)
    assert refused.code == 2
    assert "timeout" in refused.err


def test_the_timeout_may_stand_anywhere_and_info_shows_it(run):
    for words in (("--timeout", "5", "info"), ("info", "--timeout=5")):
        found = json.loads(run(*words, "-o", "json").ok().out)
        assert found["timeout"] == {"value": "5", "source": "--timeout"}
    assert run("info", "--timeout").code == 2
