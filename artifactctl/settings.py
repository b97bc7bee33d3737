"""The places of home, catalog and store, the sources of the settings, and access to the home."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from artifactctl.config_file import CONFIG_FILE, quoted, read_config
from artifactctl.config_file import KEYS as KEYS
from artifactctl.drafts import write_new
from artifactctl.durable import make_folder, sync_folder
from artifactctl.enums import OutputFormat
from artifactctl.errors import ConflictError, InvalidInputError, WrongUsageError
from artifactctl.ownership import (
    Access,
    Standing,
    claim_home,
    original_of,
    standing_of,
    user_cache_folder,
    user_data_folder,
)
from artifactctl.plain_text import parse_size
from artifactctl.store_url import is_remote, known_forms, parse_store_url
from artifactctl.url_text import POSTGRES, without_secrets

HOME_FOLDER = ".artifactctl"
TIMEOUT_S = "60"
_CACHE = "ARTIFACTCTL_CACHE"
_NO_CACHE = "0"
_LONGEST_S = 1_000_000  # what all waiting functions of operating systems take


@dataclass(frozen=True)
class Setting:
    """A value and its source: a flag, an environment variable, a file, or the default."""

    value: str
    source: str


@dataclass(frozen=True)
class Settings:
    """The settings of one invocation; `catalog` and `store` are URLs.

    `timeout` is the time in seconds that a server may be silent, as a number. `standing` is the
    access to the home; `allow_remote` is the user's consent to requests to the URLs that a foreign
    home links to. `cache` is the folder of the cache, `0` for none and empty for the default;
    `cache_size` its limit in bytes, empty for the default.
    """

    home: Setting
    catalog: Setting
    store: Setting
    output: Setting
    timeout: Setting
    standing: Standing
    allow_remote: bool = False
    cache: Setting = Setting("", "default")
    cache_size: Setting = Setting("", "default")

    @property
    def home_path(self) -> Path:
        """The home as an absolute path; it may not exist yet."""
        return Path(self.home.value)

    @property
    def timeout_s(self) -> float:
        """The seconds that a server may be silent before a command gives up."""
        return float(self.timeout.value)

    @property
    def cache_folder(self) -> str | None:
        """The folder of the cache, which may not exist yet; None when there is to be none."""
        if self.cache.value:
            return None if self.cache.value == _NO_CACHE else self.cache.value
        found = user_cache_folder()
        return None if found is None else str(found)

    @property
    def cache_limit(self) -> int | None:
        """The most bytes that the cache may hold; None for the default."""
        return int(self.cache_size.value) if self.cache_size.value else None

    @property
    def catalog_path(self) -> Path | None:
        """The path of the SQLite catalog, or None for a catalog on a server."""
        if not self.catalog.value.startswith("sqlite:///"):
            return None
        return Path(self.catalog.value.removeprefix("sqlite:///"))


def load(
    home: str | None = None,
    *,
    allow_remote: bool = False,
    timeout: str | None = None,
    cache: bool = True,
    cwd: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Find the home and return its settings; environment variables override `config.yaml`.

    `timeout` overrides both; without `cache` there is none. The config file of a home that must
    not be used is not read. Raises `InvalidInputError` for an invalid setting.
    """
    here = cwd or Path.cwd()
    where, is_found = _find_home(home, here, environ)
    standing = standing_of(Path(where.value), is_found=is_found)
    configured = {} if standing.access is Access.NONE else read_config(Path(where.value))

    sources = _Sources(environ, configured, where.value, here)
    store = sources.url("store", f"file://{where.value}/store", _store_url)
    given_timeout = None if timeout is None else Setting(timeout, "--timeout")
    return Settings(
        where,
        sources.url("catalog", f"sqlite:///{where.value}/catalog.db", _catalog_url),
        store,
        _check_output(sources.setting("output", OutputFormat.TABLE)),
        _check_timeout(given_timeout or sources.setting("timeout", TIMEOUT_S)),
        _unless_copied(standing, Path(where.value), store.value),
        allow_remote,
        _cache(environ, here) if cache else Setting(_NO_CACHE, "--no-cache"),
        _check_cache_size(sources.setting("cache_size", "")),
    )


@dataclass(frozen=True)
class _Sources:
    """The sources of settings: environment variables, then the config file of the home."""

    environ: Mapping[str, str]
    configured: Mapping[str, str]
    home: str
    cwd: Path

    def setting(self, key: str, default: str) -> Setting:
        """The setting from the first source that has it, or the default."""
        return self._find(key, default)[0]

    def url(self, key: str, default: str, url_of: Callable[[str, Path], str]) -> Setting:
        """A setting as a URL: `url_of` makes one of a text and the folder for relative paths."""
        found, base = self._find(key, default)
        return Setting(url_of(found.value, base), found.source)

    def _find(self, key: str, default: str) -> tuple[Setting, Path]:
        variable = f"ARTIFACTCTL_{key.upper()}"
        if value := self.environ.get(variable):
            return Setting(value, variable), self.cwd
        if key in self.configured:
            return Setting(self.configured[key], f"{self.home}/{CONFIG_FILE}"), Path(self.home)
        return Setting(default, "default"), self.cwd


def _cache(environ: Mapping[str, str], cwd: Path) -> Setting:
    """The folder of the cache: one for all homes, so that no config file of a home names it."""
    named = environ.get(_CACHE)
    if named is None:
        return Setting("", "default")
    is_none = named in ("", _NO_CACHE)
    return Setting(_NO_CACHE if is_none else str(cwd / Path(named).expanduser()), _CACHE)


def original_of_same_store(home: Path, store: str) -> Path | None:
    """Return the home that this one is a copy of, when both use one store; else None.

    Two catalogs over one store lose bytes, because the garbage collection of each deletes those of
    the other. A store inside of the home was copied with it, and so is not shared.
    """
    return None if store.startswith(f"file://{home}/") else original_of(home)


def _unless_copied(standing: Standing, home: Path, store: str) -> Standing:
    if standing.access is Access.WRITE and (original := original_of_same_store(home, store)):
        problem = f"it is a copy of {original}, and both would write to {store}"
        return Standing(Access.READ, problem)
    return standing


def make_home(folder: Path, catalog: str | None = None, store: str | None = None) -> bool:
    """Create the home `folder`, with a config file when a URL is given; return whether it is new.

    Another process may create it at the same time. Raises `ConflictError` when the home exists with
    other settings.
    """
    given = {"catalog": catalog, "store": store}
    wanted = {key: value for key, value in given.items() if value is not None}
    # For their errors: a URL that is not supported must not leave half a home behind.
    _catalog_url(wanted.get("catalog", "catalog.db"), folder)
    _store_url(wanted.get("store", "store"), folder)
    is_new = not folder.exists()
    claim_home(folder)
    make_folder(str(folder))
    # A home in a project is data, not source; without this, `git add .` would add all of it.
    _write_new(folder / ".gitignore", "*\n")
    if wanted:
        lines = "".join(f"{key}: {quoted(value)}\n" for key, value in wanted.items())
        # Another place for the catalog would hide the versions of a home in use.
        is_in_use = (folder / "catalog.db").exists()
        if is_in_use or not _write_new(folder / CONFIG_FILE, lines):
            _check_same(folder, wanted)
    sync_folder(str(folder))
    return is_new


def _check_same(folder: Path, wanted: Mapping[str, str]) -> None:
    if read_config(folder) != wanted:
        raise ConflictError(
            f"home {folder} exists already, with other settings",
            hint=f"edit {folder / CONFIG_FILE}, or name another folder",
        )


def _write_new(path: Path, text: str) -> bool:
    """Write a new file atomically; return False when one exists already."""
    try:
        write_new(path, text.encode())
    except FileExistsError:
        return False
    return True


def _find_home(flag: str | None, cwd: Path, environ: Mapping[str, str]) -> tuple[Setting, bool]:
    """Return the home, and whether it was found by walking up rather than named by the user."""
    if flag:
        return Setting(str(cwd / Path(flag).expanduser()), "--home"), False
    if variable := environ.get("ARTIFACTCTL_HOME"):
        return Setting(str(cwd / Path(variable).expanduser()), "ARTIFACTCTL_HOME"), False
    for folder in (cwd, *cwd.parents):
        if (folder / HOME_FOLDER).is_dir():
            return Setting(str(folder / HOME_FOLDER), f"found from {cwd}"), True
    return Setting(str(user_data_folder()), "default"), False


def _catalog_url(text: str, base: Path) -> str:
    scheme, separator, _ = text.partition("://")
    if separator and scheme in POSTGRES:
        return text
    if separator and scheme != "sqlite":
        raise WrongUsageError(
            f"catalog {without_secrets(text)!r} is not supported",
            hint="use postgresql://USER@HOST/DATABASE, sqlite:///PATH or a path",
        )
    path = Path(text.removeprefix("sqlite:///")).expanduser()
    return f"sqlite:///{base / path}"


def _store_url(text: str, base: Path) -> str:
    if is_remote(text):
        parse_store_url(text)  # refuses what is not allowed
        return text
    scheme, separator, _ = text.partition("://")
    if separator and scheme != "file":
        raise WrongUsageError(
            f"store {without_secrets(text)!r} is not supported", hint=known_forms()
        )
    path = Path(text.removeprefix("file://")).expanduser()
    return f"file://{base / path}"


def _check_output(setting: Setting) -> Setting:
    if setting.value not in list(OutputFormat):
        known = ", ".join(OutputFormat)
        raise WrongUsageError(
            f"unknown output format {setting.value!r} from {setting.source}",
            hint=f"use one of {known}",
        )
    return setting


def _check_timeout(setting: Setting) -> Setting:
    try:
        is_valid = 0 < float(setting.value) <= _LONGEST_S
    except ValueError:
        is_valid = False
    if not is_valid:
        raise WrongUsageError(
            f"timeout {setting.value!r} from {setting.source} is not a number of seconds above 0",
            hint=f"give seconds up to {_LONGEST_S:,}, such as {TIMEOUT_S}",
        )
    return setting


def _check_cache_size(setting: Setting) -> Setting:
    """Return the limit of the cache, in bytes; raises `InvalidInputError` for another text."""
    if not setting.value:
        return setting
    try:
        return Setting(str(parse_size(setting.value)), setting.source)
    except ValueError:
        raise InvalidInputError(
            f"{setting.value!r} from {setting.source} is not a size", hint="write it as 20GB"
        ) from None


def check_value(key: str, value: str, base: Path) -> None:
    """Raise `WrongUsageError` or `InvalidInputError` for a value that a setting cannot have."""
    setting = Setting(value, f"'config set {key}'")
    if not value:
        raise InvalidInputError(f"setting {key!r} cannot be empty", hint=f"'config unset {key}'")
    if key == "catalog":
        _catalog_url(value, base)
    elif key == "store":
        _store_url(value, base)
    else:
        {"output": _check_output, "timeout": _check_timeout, "cache_size": _check_cache_size}[key](
            setting
        )
