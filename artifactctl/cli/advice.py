"""What to do about an empty listing: the names that are near to a filter, or how to begin."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.completing import Kind
from artifactctl.catalog.reading.fields import Field, Listed, Time
from artifactctl.catalog.reading.filters import OPERATORS
from artifactctl.suggestions import did_you_mean, nearest

if TYPE_CHECKING:
    from artifactctl.client import Client

_AGE = re.compile(r"\d+ *[smhdw]")
_SHOWN = 5
_SEARCHED = 500  # the newest items, in which metadata keys are looked for
_KINDS: Mapping[str, Kind] = {"NAME": "name", "TAG": "tag", "RUN": "run", "PIPELINE": "pipeline"}
_START = {
    "artifact": "To store files: artifactctl register NAME PATH",
    "artifact version": "To store files: artifactctl register NAME PATH",
    "run": "To make a run: artifactctl run FILE, or artifactctl exec NAME --out PATH -- COMMAND",
    "tag": "To give a tag: artifactctl tag REF TAG",
}


def for_empty(
    client: "Client", noun: str, listed: Listed, filters: Mapping[str, Any]
) -> Iterator[str]:
    """Yield advice for a listing that the `filters` leave nothing of."""
    given = {name: values for name, values in filters.items() if values}
    if not given:
        home = client.settings.home
        if not client.settings.home_path.exists():
            yield f"The home {home.value} ({home.source}) does not exist yet."
        if noun in _START:
            yield _START[noun]
    for name, values in given.items():
        field = listed.field(name)
        for text in values if field is not None and isinstance(values, Sequence) else ():
            assert field is not None
            yield from filter(None, [_about(client, field, str(text))])


def _about(client: "Client", field: Field, text: str) -> str:
    """Return what is odd about the value of one filter; empty for nothing."""
    flag = field.flags[0] if field.flags else f"--{field.name.replace('_', '-')}"
    word, colon, rest = text.partition(":")
    if field.name == "metadata":
        return _about_metadata(client, text)
    if colon and word in OPERATORS:
        return ""
    if colon and (operator := nearest(word, OPERATORS, 0.7)) is not None:
        return f"{flag} {text!r} is compared as it is; {did_you_mean(f'{operator}:{rest}')}"
    if isinstance(field.filter, Time):
        return _about_time(flag, text)
    if any(mark in text for mark in "*?%"):
        plain = re.split(r"[*?%]+", text)
        how = f"startswith:{plain[0]}" if plain[0] else f"contains:{max(plain, key=len)}"
        return f"{flag} {text!r} is compared as it is; for a pattern write {flag} {how}"
    if field.values == "TAG" and "," in text:
        return f"One tag has no comma: write {flag} oneof:{text}, or {flag} for each"
    return _about_name(client, field, flag, text)


def _about_time(flag: str, text: str) -> str:
    if not _AGE.fullmatch(text):
        return ""
    return f"{flag} {text} means that very moment; for since then write {flag} gte:{text}"


def _about_name(client: "Client", field: Field, flag: str, text: str) -> str:
    """Return the names that are near to the one in a filter."""
    kind = _KINDS.get(field.values)
    if kind is None:
        return ""
    known = client.complete(kind, "")
    called = "artifact" if kind == "name" else kind
    if text in known:
        return ""
    close = nearest(text, known, 0.75)
    if close is not None:
        return f"There is no {called} {text!r}; {did_you_mean(close)}"
    within = [name for name in known if text.casefold() in name.casefold()]
    if within:
        names = ", ".join(within[:_SHOWN]) + " …" * (len(within) > _SHOWN)
        return f"{flag} is the whole name; for {names} write {flag} contains:{text}"
    there = ", ".join(known[:_SHOWN]) + " …" * (len(known) > _SHOWN)
    return f"There is no {called} {text!r}" + (f"; there are {there}" if known else ".")


def _about_metadata(client: "Client", text: str) -> str:
    """Return a hint when no item has the key of a metadata filter, but others."""
    key = re.split("[=:]", text, maxsplit=1)[0]
    pages = (client.list_artifact_versions, client.list_pipeline_runs)
    known = {
        str(name)
        for page in pages
        for item in page(sort_by="desc:created", size=_SEARCHED).items
        for name in item.run_metadata
    }
    if key in known or not known or any(name.startswith(f"{key}.") for name in known):
        return ""
    near = did_you_mean(nearest(key, known, 0.7))
    near = near or f"there are {', '.join(sorted(known)[:10])}"
    return f"Nothing has metadata {key!r}; {near}"
