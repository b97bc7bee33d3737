"""The history of an artifact: lines for people, objects or rows for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TextIO

from artifactctl.diff import FileChanges, MetadataChanges, TagChanges
from artifactctl.json_text import JsonObject
from artifactctl.plain_text import count, escape, moment, shortened
from artifactctl.render.fitting import fold
from artifactctl.render.stream import write
from artifactctl.results.history import DeletedVersion, History, VersionChange
from artifactctl.screen import Screen, Style, screen_of

COLUMNS = [
    *("ref", "created", "run", "step", "user", "added", "removed", "changed", "renamed"),
    *("metadata", "tags_added", "tags_removed", "description"),
]
DELETED_COLUMNS = [
    *("ref", "deleted", "size_bytes", "file_count", "tags", "restorable", "obstacle"),
]

_NAMED = 3  # files of one kind of change that are named
_LONGEST = 48  # characters of a value
_INDENT = "    "
_LABEL = 10  # cells
_LEAST = 20  # cells for a text, however narrow the terminal is
_GROUPS = ("added", "removed", "changed", "renamed")
# What tells of a table comes before other metadata.
_OF_TABLES = ("rows", "columns", "shape")


def as_json(history: History) -> JsonObject:
    """The object that JSON and YAML show."""
    return {
        "artifact": history.artifact,
        "items": [_as_json(item) for item in history.items],
        "total": history.total,
    }


def rows(history: History) -> list[JsonObject]:
    """One row for each version, with `COLUMNS`; what is unknown is empty."""
    return [_row(item) for item in history.items]


def print_history(history: History, out: TextIO, *, is_wide: bool = False) -> None:
    """Print a line for each version, and below it one for each kind of what changed.

    On a terminal long lines go on below the place where they begin.
    """
    screen = screen_of(out, is_wide=is_wide)
    write((line + "\n" for line in _lines(history, screen)), out)


def _lines(history: History, screen: Screen) -> Iterator[str]:
    for position, item in enumerate(history.items):
        yield from ([""] if position else [])
        ref, rest = map(escape, _heading(item))
        yield screen.paint(ref, Style.HEADING) + rest
        for label, said in _changes(item):
            begin = _INDENT + (f"{label:{_LABEL}}" if label else "")
            first, *others = _folded(escape(said), len(begin), screen)
            yield begin + first
            yield from (" " * len(begin) + line for line in others)


def _folded(text: str, indent: int, screen: Screen) -> list[str]:
    return [text] if screen.width is None else fold(text, max(_LEAST, screen.width - indent))


def summary_of_files(item: VersionChange) -> str:
    """How the files of a version differ from those of the version before it, as numbers."""
    if item.is_first:
        return count(item.version.file_count, "file")
    if item.files is None:
        return "unknown"
    said = [f"{len(files)} {word}" for word, files in _groups(item.files).items() if files]
    return ", ".join(said) or "unchanged"


def deleted_as_json(found: Sequence[DeletedVersion]) -> JsonObject:
    """The object that JSON and YAML show of deleted versions."""
    return {"items": [asdict(item) for item in found]}


def deleted_rows(found: Sequence[DeletedVersion]) -> list[JsonObject]:
    """One row for each deleted version, with `DELETED_COLUMNS`."""
    return [{name: getattr(item, name) for name in DELETED_COLUMNS} for item in found]


def _as_json(item: VersionChange) -> JsonObject:
    version = item.version
    return {
        "ref": version.ref,
        **version.shown(("id", "version", "type", "created", "tags", "description", "producer")),
        "user": item.user,
        "before": item.before,
        "files": None if item.files is None else _files_as_json(item.files),
        "metadata": None if item.metadata is None else asdict(item.metadata),
        "tags_changed": None if item.tags is None else asdict(item.tags),
    }


def _files_as_json(files: FileChanges) -> JsonObject:
    said = asdict(files)
    for file in said["changed"]:
        del file["table"]  # no table is read for a history
    return said


def _row(item: VersionChange) -> JsonObject:
    files, tags = item.files, item.tags or TagChanges((), ())
    counts = dict.fromkeys(_GROUPS) if files is None else _counts(files)
    producer = item.version.producer or {}
    return {
        "ref": item.version.ref,
        "created": item.version.kept("created"),
        "run": producer.get("run"),
        "step": producer.get("step"),
        "user": item.user,
        **counts,
        "metadata": [] if item.metadata is None else list(_metadata(item.metadata)),
        "tags_added": list(tags.added),
        "tags_removed": list(tags.removed),
        "description": item.version.description,
    }


def _counts(files: FileChanges) -> dict[str, int]:
    return {word: len(group) for word, group in _groups(files).items()}


def _groups(files: FileChanges) -> Mapping[str, Sequence[object]]:
    return {word: getattr(files, word) for word in _GROUPS}


def _heading(item: VersionChange) -> tuple[str, str]:
    """The reference of a version, and who made it."""
    version = item.version
    producer = version.producer or {}
    made = "/".join(filter(None, (producer.get("run"), producer.get("step"))))
    by = f"by {made}" if made else "by hand"
    who = f" ({item.user})" if item.user else ""
    tags = f"  [{', '.join(version.tags)}]" if version.tags else ""
    return version.ref, f"  {moment(version.kept('created'))}  {by}{who}{tags}"


def _changes(item: VersionChange) -> Iterator[tuple[str, str]]:
    """What changed, each with its label; the description has none."""
    if item.version.description:
        start = item.version.description.strip().partition("\n")[0]
        yield "", shortened(start, 2 * _LONGEST)
    yield "files", _named_files(item)
    metadata = [] if item.metadata is None else list(_metadata(item.metadata))
    if metadata:
        yield "metadata", ", ".join(metadata)
    if item.tags is not None and (item.tags.added or item.tags.removed):
        yield "tags", ", ".join(_signed(item.tags.added, item.tags.removed))


def _named_files(item: VersionChange) -> str:
    if item.files is None or summary_of_files(item) == "unchanged":
        return summary_of_files(item)
    said = []
    for word, files in _groups(item.files).items():
        paths = [shortened(str(getattr(file, "path", "")), _LONGEST) for file in files[:_NAMED]]
        more = " …" if len(files) > _NAMED else ""
        said += [f"{len(files):,} {word} ({', '.join(paths)}{more})"] if files else []
    return ", ".join(said)


def _metadata(changes: MetadataChanges) -> Iterator[str]:
    """`rows 150 → 200`, `+lr 0.1`, `-seed`; what tells of tables comes first."""
    pairs = changes.changed.items()
    said = {key: f"{key} {_value(old)} → {_value(new)}" for key, (old, new) in pairs}
    said |= {key: f"+{key} {_value(value)}" for key, value in changes.added.items()}
    said |= {key: f"-{key}" for key in changes.removed}
    first = [key for key in _OF_TABLES if key in said]
    yield from (said[key] for key in [*first, *(key for key in said if key not in first)])


def _signed(added: Iterable[str], removed: Iterable[str]) -> list[str]:
    return [*(f"+{name}" for name in added), *(f"-{name}" for name in removed)]


def _value(value: object) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), _LONGEST)
