"""The places of home, catalog and store, the sources of the settings, and access to the home."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

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
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular
from artifactctl.store_url import has_plain_query, is_remote, known_forms, parse_store_url

HOME_FOLDER = ".artifactctl"
CONFIG_FILE = "config.yaml"
KEYS = ("catalog", "store", "output", "timeout", "cache_size")
TIMEOUT_S = "60"
_CACHE = "ARTIFACTCTL_CACHE"
_NO_CACHE = "0"
_LONGEST_S = 1_000_000  # what all waiting functions of operating systems take
_MOST_BYTES = 1 << 20  # of a config file


@dataclass(frozen=True)
class Setting:
    """A value and its source: a flag, an environment variable, a file, or the default."""

    value: str
    source: str


@dataclass(frozen=True)
class Settings:
    """The settings of one invocation; `catalog` and `store` are URLs.

    `timeout` is the time in seconds that a server may be silent, as a number. `standing` is the
    access to the home; `allow_remote` is the user's consent to requests to the
    URLs that a foreign home links to. `cache` is the folder of the cache, `0` for none and empty
    for the default; `cache_size` its limit in bytes, empty for the default.
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

    def setting(key: str, default: str) -> tuple[Setting, Path]:
        variable = f"ARTIFACTCTL_{key.upper()}"
        if value := environ.get(variable):
            return Setting(value, variable), here
        if key in configured:
            return Setting(configured[key], f"{where.value}/{CONFIG_FILE}"), Path(where.value)
        return Setting(default, "default"), here

    catalog, catalog_base = setting("catalog", f"sqlite:///{where.value}/catalog.db")
    store, store_base = setting("store", f"file://{where.value}/store")
    store = Setting(_store_url(store.value, store_base), store.source)
    return Settings(
        where,
        Setting(_catalog_url(catalog.value, catalog_base), catalog.source),
        store,
        _check_output(setting("output", OutputFormat.TABLE)[0]),
        _check_timeout(
            Setting(timeout, "--timeout")
            if timeout is not None
            else setting("timeout", TIMEOUT_S)[0]
        ),
        _unless_copied(standing, Path(where.value), store.value),
        allow_remote,
        _cache(environ, here) if cache else Setting(_NO_CACHE, "--no-cache"),
        _check_cache_size(setting("cache_size", "")[0]),
    )


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


def without_secrets(url: str) -> str:
    """Return the URL with its secrets replaced by `***`.

    Secrets are passwords, and a query or fragment, which may be a token. The URL is parsed by hand,
    because `urllib` misreads a password with an unescaped `/` and a local path with a `?`. In a
    chain (`zip://a::http://…`) each URL is treated.
    """
    return "::".join(map(_without_secrets, _CHAIN.split(url)))


LOCAL = "file://"
"""The prefix of a local file's URL. Stored URLs are not escaped; printed ones are."""


def file_url(path: str) -> str:
    """Return the URL of an absolute path, with spaces and other characters escaped."""
    return LOCAL + quote(os.fsencode(path))


def url_in_store(store: str, key: str) -> str:
    """Return the URL of what the store at a URL has under a key, without secrets and parameters."""
    if store.startswith(LOCAL):
        return f"{file_url(store.removeprefix(LOCAL))}/{key}"
    return f"{without_secrets(store.partition('?')[0]).rstrip('/')}/{key}"


_CHAIN = re.compile(r"::(?=[A-Za-z][\w+.-]*://)")
_URL = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://(?P<host>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_USER = re.compile(r"(?P<user>.*)(?P<at>@|%(25)*40)", re.DOTALL | re.IGNORECASE)
_COLON = re.compile(":|%(25)*3a", re.IGNORECASE)
_USER_IN_PATH = re.compile(r"(?<=/)([^/:@]*):[^/@]*@")
_LOCAL = ("file", "sqlite")
POSTGRES = ("postgresql", "postgres")
"""The schemes of URLs of PostgreSQL."""

# The parameters of a URL of PostgreSQL that tell where a catalog is, and are no secrets.
_SHOWN = {"schema", "host", "hostaddr", "port", "dbname", "user", "service", "sslmode"}
_WITH_CONTAINER = ("az", "abfs", "abfss")  # in CONTAINER@ACCOUNT the first part is not a user


def _without_secrets(url: str) -> str:
    found = _URL.fullmatch(url)
    if found is None or found["scheme"].lower() in _LOCAL:
        return url
    host, rest = found["host"], found["rest"]
    is_port = host.rpartition(":")[2].isdigit()
    if "@" not in host and "@" in rest and ":" in host and not is_port:
        head, _, tail = rest.rpartition("@")
        host, rest = f"{host}{head}@", tail
    if user := _USER.match(host):
        host = _shown_user(found["scheme"].lower(), user["user"]) + user["at"] + host[user.end() :]
    path = re.split("[?#]", rest, maxsplit=1)[0]
    scheme, query = found["scheme"].lower(), rest[len(path) :]
    if scheme in POSTGRES:
        query = _shown_query(query)
    elif "#" in query or not has_plain_query(scheme, query[1:]):
        query = f"{query[:1]}***" if query else ""
    shown = _USER_IN_PATH.sub(r"\1:***@", path)
    return f"{found['scheme']}://{host}{shown}{query}"


def _shown_query(query: str) -> str:
    """The parameters of a URL of PostgreSQL; the value of each that may be a secret is `***`."""
    items = [item.partition("=") for item in query[1:].split("&")]
    shown = [f"{name}={value if name in _SHOWN else '***'}" for name, _, value in items if name]
    return f"?{'&'.join(shown)}" if shown else ""


def _shown_user(scheme: str, userinfo: str) -> str:
    if colon := _COLON.search(userinfo):
        return f"{userinfo[: colon.start()]}:***"
    is_name = scheme in (*_WITH_CONTAINER, *POSTGRES)
    return userinfo if is_name else "***"  # a user without a password is often a token


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


def config_text(home: Path) -> str:
    """Return the text of the config file of a home; empty when there is none."""
    path = home / CONFIG_FILE
    try:
        return read_regular(path, _MOST_BYTES).decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (IrregularFileError, FileTooLargeError) as error:
        raise InvalidInputError(f"{path} {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is not UTF-8 text") from None


def read_config(home: Path) -> dict[str, str]:
    """Return the settings in the config file of a home; empty when there is none."""
    path, text = home / CONFIG_FILE, config_text(home)
    if not text:
        return {}
    # Imported on first use: few homes have a config file, and loading YAML takes as long as reading
    # a page of a listing.
    from artifactctl.yaml_text import parse_yaml  # noqa: PLC0415

    value = parse_yaml(text, str(path))
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInputError(
            f"{path} is not a mapping of settings", hint="write lines such as 'output: json'"
        )
    for key, item in value.items():
        if key not in KEYS:
            raise InvalidInputError(f"{path}: unknown setting {key!r}", hint="use " + _KNOWN)
        if key == "timeout" and type(item) in (int, float):
            value[key] = f"{item}"
        elif not isinstance(item, str) or not item:
            raise InvalidInputError(
                f"{path}: setting {key!r} must be text", hint="put its value in quotes"
            )
    return value


_KNOWN = ", ".join(KEYS)


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


def quoted(text: str) -> str:
    """Return a text as YAML has it in quotes."""
    return "'" + text.replace("'", "''") + "'"
