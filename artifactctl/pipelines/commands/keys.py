"""The cache key of a command: a digest of parts that are recorded one by one."""

import contextlib
import os
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import transfer
from artifactctl.copying import hash_file
from artifactctl.digests import digest_of
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.json_text import canonical_json
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep, FileOutput
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.secrets import without
from artifactctl.results.versions import ArtifactVersion
from artifactctl.selection import Selection

if TYPE_CHECKING:
    from artifactctl.transfer.known_files import KnownFiles

FORMAT = 1
"""Part of every key; to be raised when the parts of a key change."""

# Folders whose content changes although the code is the same.
_LEFT_OUT = {"__pycache__", ".git", ".hg", ".svn"}
_WILD = frozenset("*?[")


@dataclass
class FileDigests:
    """The digests of files; a file is read again only after it has changed.

    `left_out` are folders that contain no sources of a step. With `known_files`, a big file that
    was hashed by an earlier process is not read either; `close` keeps what was hashed for later
    ones. Only the thread that runs the engine asks: steps do not compute keys.
    """

    left_out: Sequence[str] = ()
    known_files: "KnownFiles | None" = None
    _known: dict[tuple[int, ...], str] = field(default_factory=dict)

    def of(self, path: str) -> str | None:
        """The digest of a regular file; None for anything else."""
        try:
            # O_NONBLOCK: opening a pipe would block until it has a writer.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                return None
            # The ctime as well: programs can set a file's mtime, but not its ctime.
            stamp = (
                found.st_dev,
                found.st_ino,
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
            )
            if stamp not in self._known:
                self._known[stamp] = self._hashed(path, descriptor, found)
            return self._known[stamp]
        finally:
            os.close(descriptor)

    def _hashed(self, path: str, descriptor: int, found: os.stat_result) -> str:
        known = self.known_files
        if known is None or not known.pays(1, found.st_size):
            return hash_file(descriptor)[0]
        source = transfer.source_of(path, found)
        digest = known.digest_of(source)
        if digest is None:
            may_note = known.may_note(source)
            digest, _ = hash_file(descriptor)
            if may_note:
                known.note(source, digest)
        return digest

    def close(self) -> None:
        """Keep the digests of big files for later processes."""
        # Once, and not after each file: the whole table is written anew.
        if self.known_files is not None:
            self.known_files.save()


def key_of(
    plan: CommandPlan,
    step: CommandStep,
    inputs: Mapping[str, ArtifactVersion],
    digests: FileDigests,
) -> Key:
    """The cache key of a step: equal for steps that do the same.

    The environment counts as the file gives it, without secrets. Inputs count by content, as do the
    files that the command names and the `sources`. A step without a command counts by the content
    of its files, of their metadata files and of its metrics.
    """
    parts = {
        "command": step.config.command,
        "files": _command_files(plan, step, digests),
        "sources": _source_files(plan, step, digests),
        # Without secrets: a changed secret does not change the key.
        "env": without(dict(step.config.env), plan.secrets),
        "inputs": {name: _content(version) for name, version in inputs.items()},
        "outputs": [_configured(output) for output in step.outputs],
    }
    if step.config.metrics is not None:  # without metrics, keys are what they were before these
        parts["metrics"] = without(step.config.metrics, plan.secrets)
    if step.config.command is None:
        parts["files"] = [_content_of_files(output, digests) for output in step.outputs]
        if step.metrics is not None:
            parts["metrics"] = [parts["metrics"], digests.of(step.metrics)]
    found = {name: digest_of(canonical_json(part)) for name, part in parts.items()}
    return Key(digest_of(canonical_json({"commands": FORMAT, **found})), found)


def _command_files(plan: CommandPlan, step: CommandStep, digests: FileDigests) -> dict[str, str]:
    """The digests of the command's words that are files, without the step's own outputs."""
    words = {word: os.path.join(plan.folder, word) for word in sorted(set(_words(step)))}
    return _digests_of(words, step, digests)


def _source_files(plan: CommandPlan, step: CommandStep, digests: FileDigests) -> dict[str, str]:
    paths = {
        _as_text(os.path.relpath(path, plan.folder)): path
        for pattern in step.config.sources
        for path in expand(plan.folder, pattern, digests.left_out)
    }
    return _digests_of(paths, step, digests)


def _digests_of(
    paths: Mapping[str, str], step: CommandStep, digests: FileDigests
) -> dict[str, str]:
    """The digests of those paths, by name, that are files and not outputs of the step."""
    own = _Own(step)
    found = {name: digests.of(path) for name, path in paths.items() if not own.covers(path)}
    return {name: digest for name, digest in found.items() if digest is not None}


def _as_text(path: str) -> str:
    """The path itself; if its bytes are not UTF-8, a text with NUL, which no path contains."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return f"\0{os.fsencode(path).hex()}"
    return path


def unmatched_sources(plan: CommandPlan, step: CommandStep) -> list[str]:
    """The patterns of `sources` that match no file."""
    return [each for each in step.config.sources if not any(expand(plan.folder, each, ()))]


def expand(folder: Path, pattern: str, own: Sequence[str]) -> Iterator[str]:
    """The files that a pattern of `sources` matches, sorted; a folder matches all files in it.

    Links to folders are not followed, and wildcards do not match names that begin with a dot. Files
    in `own`, the folders of a home, are left out.
    """
    parts = Path(pattern).parts
    plain = next((i for i, part in enumerate(parts) if _WILD & set(part)), len(parts))
    start, wild = os.path.join(folder, *parts[:plain]), "/".join(parts[plain:])
    if not wild:
        yield from [start] if os.path.isfile(start) else _files_in(start, own)
        return
    selection, names_hidden = Selection([f"/{wild}"]), any(p[0] == "." for p in parts[plain:])
    for path in _files_in(start, own):
        inside = os.path.relpath(path, start)
        is_hidden = any(part.startswith(".") for part in inside.split("/"))
        if (names_hidden or not is_hidden) and selection.selects(inside):
            yield path


def _files_in(folder: str, own: Sequence[str]) -> Iterator[str]:
    for inside, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _LEFT_OUT and os.path.realpath(os.path.join(inside, name)) not in own
        )
        yield from (os.path.join(inside, name) for name in sorted(files))


class _Own:
    """The paths that a step writes, which are not its dependencies."""

    def __init__(self, step: CommandStep) -> None:
        metadata = [one.metadata_file for one in step.outputs]
        paths = filter(None, [*(one.path for one in step.outputs), *metadata, step.metrics])
        self._paths = [os.path.normpath(path) for path in paths]

    def covers(self, path: str) -> bool:
        """Whether a path is an output or inside one."""
        plain = os.path.normpath(path)
        return any(plain == own or plain.startswith(f"{own}/") for own in self._paths)


def _words(step: CommandStep) -> Iterator[str]:
    """The words of a command, and the part after `=` of each."""
    command = step.config.command or ()
    for word in _split(command) if isinstance(command, str) else command:
        yield word
        _, equals, value = word.partition("=")
        if equals:
            yield value


def _split(command: str) -> list[str]:
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    with contextlib.suppress(ValueError):  # quoting that shlex cannot parse
        return list(lexer)
    return command.split()


def _content(version: ArtifactVersion) -> str:
    return version.digest or version.source_checksum or version.id_text


def _content_of_files(output: FileOutput, digests: FileDigests) -> object:
    try:
        manifest, _ = transfer.link(output.path, transfer.CollectOptions())
    except (NotFoundError, InvalidInputError, UnsafeError):  # the step reports it when it runs
        return None
    metadata = output.metadata_file and digests.of(output.metadata_file)
    return [manifest.content_digest or manifest.source_checksum, manifest.kind.value, metadata]


def _configured(output: FileOutput) -> object:
    config = output.config
    return [output.expected.as_json(), config.path, config.link, config.metadata_file]
