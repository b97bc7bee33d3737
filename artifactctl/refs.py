"""References to artifact versions, and the validation of names, versions, tags, descriptions."""

import re
import unicodedata
import uuid
from dataclasses import dataclass

from artifactctl.errors import InvalidInputError
from artifactctl.semver import parse_range

MAX_LENGTH = 255
MAX_NUMBER = 2**63 - 1
MAX_DESCRIPTION_BYTES = 64 << 10
RUN = "run:"

_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ID_PREFIX = re.compile(r"[0-9a-f]{8}[0-9a-f-]*", re.IGNORECASE)
_ID_START = re.compile(r"[0-9a-f][0-9a-f-]*", re.IGNORECASE)
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
# IDs that follow from names are made with this namespace: another one would change all of them.
_NAMES = uuid.UUID("5d7a3f0e-9c1b-5e64-8a2f-3b6c0d9e7f12")
_LONE_COLON = re.compile(r"(?<!:):(?!:)")


@dataclass(frozen=True)
class Ref:
    """A reference to one artifact version; at most one of `version`, `tag` and `within` is set.

    `within` is a range of semantic versions such as `^1.2`, of which the highest is meant. With
    none of them, `name` may also be a version's ID or a prefix of one (`id_prefix`); otherwise the
    reference means the latest version.
    """

    name: str
    version: str | None = None
    tag: str | None = None
    within: str | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it is a name alone, or an ID."""
        return self.version is None and self.tag is None and self.within is None

    @property
    def id_prefix(self) -> str | None:
        """The hexadecimal digits of an ID or of a prefix of one; None when it cannot be one."""
        if not self.is_bare or not _ID_PREFIX.fullmatch(self.name):
            return None
        digits = self.name.replace("-", "").lower()
        return digits if len(digits) <= 32 else None

    def __str__(self) -> str:
        version = self.version or self.within
        suffix = f"@{self.tag}" if self.tag else f":{version}" if version else ""
        return self.name + suffix


def parse_ref(text: str, version: str | None = None) -> Ref:
    """Return the reference in `NAME`, `NAME:VERSION`, `NAME:^1.2`, `NAME@TAG` or (part of) an ID.

    `version` is a version given separately from a bare name; `latest` is the same as None. Raises
    `InvalidInputError` for any other text.
    """
    _check_text("a reference", text)
    name, at, tag = text.partition("@")
    if at:
        _only_one_selector(text, version)
        if _LONE_COLON.search(name):
            raise InvalidInputError(
                "reference {} has a version and a tag", given=text, hint="give one of them"
            )
        return Ref(check_name(name), tag=check_tag(tag))
    colons = list(_LONE_COLON.finditer(text))
    if colons:
        _only_one_selector(text, version)
        name, version = text[: colons[-1].start()], text[colons[-1].end() :]
    if _UUID.fullmatch(text):
        if version is not None:
            raise InvalidInputError(
                "ID {} stands for one version already", given=text, hint=f"leave out {version!r}"
            )
        return Ref(text)
    name = check_name(name)
    if version is not None and version[:1] in ("^", "~"):
        return Ref(name, within=_check_range(version))
    return Ref(name) if version in (None, "latest") else Ref(name, version=check_version(version))


def _check_range(text: str) -> str:
    if len(text) > MAX_LENGTH or parse_range(text) is None:
        raise InvalidInputError(
            "{} is no range of versions", given=text, hint="write ^1.2, ~1.2 or ^1.2.3-rc.1"
        )
    return text


def splits(text: str) -> list[tuple[str, str | None]]:
    """Return how `REF` or `REF/PATH` may be split into a reference and a path.

    Names and versions have no `/`, so the first one ends the reference. A tag may have some: then
    any of them may end it, and the longest tag comes first.
    """
    places = [i for i, char in enumerate(text) if char == "/"]
    if not places:
        return [(text, None)]
    at = text.find("@", 0, places[0])
    if at < 0:
        return [(text[: places[0]], text[places[0] + 1 :])]
    ends = [i for i in (*places, len(text)) if i - at - 1 <= MAX_LENGTH] or places[:1]
    return [(text[:i], text[i + 1 :] if i < len(text) else None) for i in reversed(ends)]


def run_name(text: str) -> str | None:
    """Return the name or ID in `run:NAME_OR_ID`; None for a reference to a version."""
    name = text.removeprefix(RUN)
    is_run = name != text and name and not name.startswith(":")
    return unicodedata.normalize("NFC", name) if is_run else None


def _only_one_selector(text: str, version: str | None) -> None:
    if version is not None:
        raise InvalidInputError(
            f"version given twice: in reference {text!r} and as {version!r}",
            hint="give one of them",
        )


def check_name(text: str) -> str:
    """Return the artifact name in its normal form (NFC); raises `InvalidInputError`."""
    _check_text("a name", text)
    name = unicodedata.normalize("NFC", text)
    problem = _text_problem(name)
    if problem is None and any(char in name for char in "/\\@"):
        problem = "must not contain '/', '\\' or '@'"
    if problem is None and name[0] in "-.":
        problem = "must not start with '-' or '.'"
    if problem is None and not all(name.split("::")):
        problem = "may have '::' only between two parts"
    if problem is None and ":" in name.replace("::", ""):
        problem = "must not contain a single ':'"
    if problem is None and _UUID.fullmatch(name):
        problem = "must not look like an ID"
    if problem is not None:
        raise InvalidInputError(f"name {{}} {problem}", given=text, hint=_hint_at_name(name))
    return name


def check_new_name(text: str) -> str:
    """Return a name that is given now, as `check_name` does; a blank one is refused.

    Old catalogs may have one. Nobody sees it, and nobody finds it again.
    """
    name = check_name(text)
    if name.isspace():
        raise InvalidInputError("name {} must not be blank", given=text)
    return name


def _hint_at_name(name: str) -> str:
    """Return what to write instead of a wrong name; empty when that is plain."""
    if "/" in name or "\\" in name:
        return "a name is no path: use '_' or '.'"
    if "@" in name:
        return "NAME@TAG means a version that exists; here the name stands alone"
    if _LONE_COLON.search(name):
        return "NAME:VERSION means a version that exists; here the name stands alone"
    return ""


def check_version(text: str) -> str:
    """Return the version; raises `InvalidInputError` for an invalid one."""
    _check_text("a version", text)
    problem = None
    if not 1 <= len(text) <= MAX_LENGTH:
        problem = f"must have 1 to {MAX_LENGTH} characters"
    elif not _VERSION.fullmatch(text):
        problem = "must be letters, digits and '_.+-', starting with a letter, digit or '_'"
    elif text == "latest":
        problem = "is reserved: it means the newest one"
    if problem is not None:
        raise InvalidInputError(f"version {{}} {problem}", given=text)
    return text


def check_tag(text: str) -> str:
    """Return the tag in its normal form (NFC); raises `InvalidInputError` for an invalid one."""
    _check_text("a tag", text)
    tag = unicodedata.normalize("NFC", text)
    problem = _text_problem(tag)
    if problem is None and any(char in tag for char in ",@"):
        problem = "must not contain ',' or '@'"
    if problem is not None:
        raise InvalidInputError(f"tag {{}} {problem}", given=text)
    return tag


def check_new_tag(text: str) -> str:
    """Return a tag that is given now, as `check_tag`; a blank one, which catalogs may have, is not.

    Nobody sees it, and nobody finds it again.
    """
    tag = check_tag(text)
    if tag.isspace():
        raise InvalidInputError("tag {} must not be blank", given=text)
    return tag


def is_id(value: object) -> bool:
    """Return whether `value` is an ID in its stored form, and so is safe in a path."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_like_id(text: str) -> bool:
    """Return whether a text may be read as an ID, in any form in which users write one."""
    return _UUID.fullmatch(text) is not None


def start_of_id(text: str) -> str | None:
    """Return the digits of a text of four or more that may start an ID; None for any other."""
    digits = text.replace("-", "").lower()
    is_start = _ID_START.fullmatch(text) is not None and 4 <= len(digits) <= 32
    return digits if is_start else None


def pipeline_id(name: str) -> str:
    """Return the ID of the pipeline with this name, which is the same in every home."""
    return str(uuid.uuid5(_NAMES, f"pipeline:{name}"))


def tag_id(name: str) -> str:
    """Return the ID that a tag made with this name gets, unless another tag has it."""
    return str(uuid.uuid5(_NAMES, f"tag:{name}"))


def version_number(version: str) -> int | None:
    """Return the number of a version, or None for a custom text.

    Only canonical positive integers below 2**63 are numbers: `05` and `1.0` are custom texts.
    """
    if not _NUMBER.fullmatch(version):
        return None
    number = int(version)
    return number if number <= MAX_NUMBER else None


def _check_text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise InvalidInputError(f"{what} must be text, not {type(given).__name__}: {given!r}")


def _text_problem(text: str) -> str | None:
    if not 1 <= len(text) <= MAX_LENGTH:
        return f"must have 1 to {MAX_LENGTH} characters"
    # isprintable() is False for control, format (bidirectional marks among them), private,
    # unassigned and lone surrogate characters, and for separators other than the space.
    if not text.isprintable():
        return "must have printable characters only"
    return None


def check_description(text: str) -> str | None:
    """Return a description with line feeds at the ends of its lines, and none at its own end.

    That of an empty one is None. Raises `InvalidInputError` for one that is no text, or larger than
    64 KiB.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    try:
        size_bytes = len(lines.encode())
    except UnicodeEncodeError:
        size_bytes = None
    if size_bytes is None or "\0" in lines:
        raise InvalidInputError(
            "the description is not a text that can be kept", hint="save it as UTF-8, without NUL"
        )
    if size_bytes > MAX_DESCRIPTION_BYTES:
        raise InvalidInputError(
            f"the description has {size_bytes} bytes, more than {MAX_DESCRIPTION_BYTES}",
            hint="register the rest as a file",
        )
    return lines if lines.strip() else None
