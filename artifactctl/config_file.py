"""The file `config.yaml` of a home, in which its settings are, read as texts."""

from pathlib import Path

from artifactctl.errors import InvalidInputError
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular

CONFIG_FILE = "config.yaml"
KEYS = ("catalog", "store", "output", "timeout", "cache_size")
_MOST_BYTES = 1 << 20


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
    # Few homes have a config file, and loading YAML takes as long as reading a page of a listing.
    from artifactctl.yaml_text import parse_yaml  # noqa: PLC0415 (loads PyYAML)

    value = parse_yaml(text, str(path))
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInputError(
            f"{path} is not a mapping of settings", hint="write lines such as 'output: json'"
        )
    for key, item in value.items():
        if key not in KEYS:
            raise InvalidInputError(
                f"{path}: unknown setting {key!r}", hint=f"use {', '.join(KEYS)}"
            )
        if key == "timeout" and type(item) in (int, float):
            value[key] = f"{item}"
        elif not isinstance(item, str) or not item:
            raise InvalidInputError(
                f"{path}: setting {key!r} must be text", hint="put its value in quotes"
            )
    return value


def quoted(text: str) -> str:
    """Return a text as YAML has it in quotes."""
    # Between single quotes YAML knows one escape: two quotes for one.
    return "'" + text.replace("'", "''") + "'"
