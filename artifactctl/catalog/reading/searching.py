"""Searching for words in names, tags, descriptions and metadata.

There is no index for it. Reading the 500,000 entries of 100,000 versions takes SQLite a tenth of a
second for each word, while an index of trigrams costs every write, needs extensions that servers do
not always have, and is kept by triggers, which a catalog from elsewhere may not bring along.

Engines ignore the case of ASCII letters only, so that a character beyond them is any character to
the engine, and what it finds is looked at again here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from artifactctl.catalog.engine.dialect import Dialect
from artifactctl.catalog.engine.protocol import Database, Params
from artifactctl.catalog.reading.conditions import literal
from artifactctl.catalog.reading.pipelines import select_pipelines
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.reading.versions import select_artifacts, select_versions
from artifactctl.catalog.rows import Artifact, Version
from artifactctl.catalog.run_rows import Pipeline, Run
from artifactctl.enums import SearchKind

R = TypeVar("R", Artifact, Pipeline, Run, Version)

_AT_ONCE = 50  # candidates whose texts are in memory
_MOST = 50_000  # candidates of one statement
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and where it is, such as `tag`; an entry of metadata has its key before its value."""

    where: str
    text: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: its ID and reference, and the text in which most words are."""

    kind: SearchKind
    id: str
    ref: str
    text: Text


@dataclass(frozen=True, slots=True)
class _Related:
    """Rows with texts of a thing `x`: the column that names it, and the condition on the texts.

    `{}` stands for the condition on the text that is named in the braces.
    """

    rows: str
    owner: str
    condition: str
    key: str = "x.seq"

    def of_all(self) -> str:
        """Whether the thing is among those that have such a text, all of which are read once."""
        return f"{self.key} IN (SELECT {self.owner} FROM {self.rows} WHERE {self.condition})"

    def of_each(self) -> str:
        """Whether the thing has such a text, for which its rows alone are read."""
        is_its = f"{self.owner} = {self.key}"
        return f"EXISTS (SELECT 1 FROM {self.rows} WHERE {is_its} AND ({self.condition}))"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a kind of things is searched.

    `texts` are columns with a thing's own texts, `related` are its rows in other tables; `nested`
    are those for words with a dot, which may be keys inside of objects. `context` is the column
    with the name of what it belongs to. `read` gives the things with these seqs. `beside` are
    conditions on what a listing shows and a search leaves out, with `{}` for the condition on the
    text in the braces.
    """

    kind: SearchKind
    rows: str
    texts: tuple[str, ...]
    related: tuple[_Related, ...]
    context: str | None
    read: Callable[[Database, Sequence[int]], Mapping[int, "_Thing"]]
    nested: tuple[_Related, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Thing:
    """A candidate: its own texts, the most telling first, and the name of what it belongs to."""

    id: str
    ref: str
    texts: Sequence[Text]
    context: str = ""


def pattern_of(word: str) -> "re.Pattern[str]":
    """A pattern that finds a word in a text, in any case."""
    return re.compile(re.escape(word), re.IGNORECASE)


def search(db: Database, words: Sequence[str], kind: SearchKind) -> Iterator[Hit]:
    """Yield the things in which all words are, newest first; the catalog must exist.

    A word may also be in the name of the artifact or pipeline that a thing belongs to, but not all
    of them.
    """
    source = _SOURCES[kind]
    patterns = [pattern_of(word) for word in words]
    for batch in batches(_candidates(db, source, words), _AT_ONCE):
        things = source.read(db, batch)
        for seq in batch:
            thing = things.get(seq)
            best = None if thing is None else _best_text(thing, patterns)
            if thing is not None and best is not None:
                yield Hit(kind, thing.id, thing.ref, best)


def _candidates(db: Database, source: _Source, words: Sequence[str]) -> Iterator[int]:
    """Yield the seqs of what the engine finds, newest first; few at first, then more at a time."""
    sql, params = _statement(source, words, db.dialect), _params(words)
    before, limit = 1 << 62, _AT_ONCE
    while found := db.rows(sql, {**params, "before": before, "limit": limit}):
        yield from (seq for (seq,) in found)
        if len(found) < limit:
            return
        before, limit = found[-1][0], min(10 * limit, _MOST)


def seqs_with(
    word: str, number: int, kind: SearchKind, dialect: Dialect
) -> tuple[str, dict[str, str]]:
    """A SELECT of the seqs of the things that a word is in, and its parameters.

    The word may also be in the name of what a thing belongs to, or in what listings show beside. A
    letter beyond ASCII is any character. `number` tells the parameters of words apart.
    """
    source = _SOURCES[kind]
    context = () if source.context is None else (f"{{{source.context}}}",)
    texts = (f"{{{text}}}" for text in source.texts)
    related = (rows.of_all() for rows in source.related)
    condition = _any((*texts, *related, *context, *source.beside), number, dialect)
    return f"SELECT x.seq {source.rows} AND {condition}", _params([word], number)


def _best_text(thing: _Thing, patterns: Sequence["re.Pattern[str]"]) -> Text | None:
    """The text that has the most words; None unless all words are found."""
    missing = [pattern for pattern in patterns if not pattern.search(thing.context)]
    counts = [sum(1 for it in patterns if it.search(found.text)) for found in thing.texts]
    everything = "\n".join(found.text for found in thing.texts)
    if not any(counts) or not all(pattern.search(everything) for pattern in missing):
        return None
    return thing.texts[counts.index(max(counts))]


def _params(words: Sequence[str], first: int = 0) -> dict[str, str]:
    """Patterns for each word: in a text, and in the JSON text of a value."""
    params = {}
    for i, word in enumerate(words, first):
        params[f"w{i}"] = _like(word)
        params[f"j{i}"] = _like(json.dumps(word, ensure_ascii=False)[1:-1])
    return params


def _like(word: str) -> str:
    return f"%{_BEYOND_ASCII.sub('_', literal(word))}%"


def _statement(source: _Source, words: Sequence[str], dialect: Dialect) -> str:
    # The longest word first: when nothing has it, those behind it are not looked for at all.
    numbers = sorted(range(len(words)), key=lambda i: -len(words[i]))
    own = [_own(source, words, i, dialect, _Related.of_all) for i in numbers]
    conditions = own
    if source.context is not None and len(words) > 1:
        context = [_any([f"{{{source.context}}}"], i, dialect) for i in numbers]
        conditions = [f"({a} OR {b})" for a, b in zip(context, own, strict=True)]
        # A word that is not in the context is the thing's own then, so that few are left.
        each = [_own(source, words, i, dialect, _Related.of_each) for i in numbers]
        conditions.append(f"(NOT ({' AND '.join(context)}) OR {' OR '.join(each)})")
    return (
        f"SELECT x.seq {source.rows} AND x.seq < :before AND {' AND '.join(conditions)}"
        " ORDER BY x.seq DESC LIMIT :limit"
    )


def _own(
    source: _Source,
    words: Sequence[str],
    number: int,
    dialect: Dialect,
    asked: Callable[[_Related], str],
) -> str:
    """Whether a word, by its number, is in a text of the thing's own."""
    related = source.related + source.nested * ("." in words[number])
    texts = [f"{{{column}}}" for column in source.texts]
    return _any([*texts, *map(asked, related)], number, dialect)


_COLUMN = re.compile(r"\{(json )?([\w.]+)\}")


def _any(conditions: Sequence[str], number: int, dialect: Dialect) -> str:
    """Whether any of the conditions holds for a word, by its number."""

    def like(found: "re.Match[str]") -> str:
        param = f"{'j' if found[1] else 'w'}{number}"
        return rf"{found[2]} {dialect.like} :{param} ESCAPE '\'"

    return f"({' OR '.join(_COLUMN.sub(like, condition) for condition in conditions)})"


def _things(
    select: Callable[[Database, str, Params], list[R]],
    seq: str,
    thing_of: Callable[[R], _Thing],
    db: Database,
    seqs: Sequence[int],
) -> dict[int, _Thing]:
    """The things with these seqs, of which `seq` is the column in what `select` reads."""
    places, params = numbered(seqs)
    return {row.seq: thing_of(row) for row in select(db, f"WHERE {seq} IN ({places})", params)}


def _artifact(row: Artifact) -> _Thing:
    return _Thing(row.id, row.name, [Text("name", row.name), *_labels(row)])


def _version(row: Version) -> _Thing:
    texts = [Text("version", row.version), *_labels(row), *_entries("metadata", row.metadata)]
    return _Thing(row.id, f"{row.artifact}:{row.version}", texts, row.artifact)


def _run(row: Run) -> _Thing:
    texts = [Text("name", row.name), *_labels(row), *_entries("metadata", row.metadata)]
    for step in row.steps:
        texts += [Text("step", step.name), *_entries(f"metadata of {step.name}", step.metadata)]
    return _Thing(row.id, f"run:{row.name}", texts, row.pipeline)


def _pipeline(row: Pipeline) -> _Thing:
    return _Thing(row.id, row.name, [Text("name", row.name), *_labels(row)])


def _labels(row: Artifact | Version | Run | Pipeline) -> Iterator[Text]:
    yield from (Text("tag", str(tag)) for tag in row.tags)
    description = None if isinstance(row, Pipeline) else row.description
    if description:
        yield Text("description", description)


def _entries(where: str, metadata: Mapping[str, Any]) -> Iterator[Text]:
    """Each value of metadata, also inside of objects, as `KEY = VALUE`."""
    pending = list(metadata.items())[::-1]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict) and value:
            pending += [(f"{key}.{name}", item) for name, item in list(value.items())[::-1]]
            continue
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield Text(where, f"{key} = {shown}", key)


def few(hits: Iterator[Hit], count: int) -> tuple[list[Hit], bool]:
    """The first hits, all of them when `count` is 0, and whether there are more."""
    if count == 0:
        return list(hits), False
    found = list(islice(hits, count + 1))
    return found[:count], len(found) > count


_METADATA = "{m.key} OR {json m.value}"
_OF_STEPS = "JOIN run_step s ON s.seq = m.step_seq"
_SOURCES = {
    source.kind: source
    for source in (
        _Source(
            SearchKind.ARTIFACT,
            "FROM artifact x WHERE x.deleted IS NULL",
            ("x.name", "x.description"),
            (_Related("artifact_tag t", "t.artifact_seq", "{t.tag}"),),
            None,
            partial(_things, select_artifacts, "a.seq", _artifact),
        ),
        _Source(
            SearchKind.PIPELINE,
            "FROM (SELECT MIN(r.seq) AS seq, r.pipeline AS name FROM run r GROUP BY r.pipeline) x"
            " WHERE 1 = 1",
            ("x.name",),
            (
                _Related(
                    "pipeline p JOIN pipeline_tag t ON t.pipeline_seq = p.seq",
                    "p.name",
                    "{t.tag}",
                    "x.name",
                ),
            ),
            None,
            partial(_things, select_pipelines, "r.seq", _pipeline),
        ),
        _Source(
            SearchKind.RUN,
            "FROM run x WHERE 1 = 1",
            ("x.name", "x.description"),
            (
                _Related("run_tag t", "t.run_seq", "{t.tag}"),
                _Related("run_metadata m", "m.run_seq", _METADATA),
                _Related("run_step s", "s.run_seq", "{s.name}"),
                _Related(f"step_metadata m {_OF_STEPS}", "s.run_seq", _METADATA),
            ),
            "x.pipeline",
            partial(_things, select_runs, "r.seq", _run),
            (
                _Related("run_metadata_leaf m", "m.run_seq", "{m.key}"),
                _Related(f"step_metadata_leaf m {_OF_STEPS}", "s.run_seq", "{m.key}"),
            ),
            ("{x.status}",),
        ),
        _Source(
            SearchKind.VERSION,
            "FROM artifact_version x JOIN artifact a ON a.seq = x.artifact_seq WHERE 1 = 1",
            ("x.version", "x.description"),
            (
                _Related("version_tag t", "t.version_seq", "{t.tag}"),
                _Related("version_metadata m", "m.version_seq", _METADATA),
            ),
            "a.name",
            partial(_things, select_versions, "v.seq", _version),
            (_Related("version_metadata_leaf m", "m.version_seq", "{m.key}"),),
            (
                "{x.type}",
                "{x.producer_step}",
                "x.producer_run IN (SELECT r.id FROM run r WHERE {r.name})",
            ),
        ),
    )
}
