"""When a command need not run: its key, made of parts that can be told apart."""

import contextlib
import os
import shlex
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from artifactctl import transfer
from artifactctl.copying import hash_file
from artifactctl.digests import digest_of
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.json_text import canonical_json
from artifactctl.pipelines.commands.plan import CommandPlan, CommandStep, FileOutput
from artifactctl.pipelines.commands.sources import expand
from artifactctl.pipelines.engine.cache import Key
from artifactctl.pipelines.secrets import without
from artifactctl.results.recorded import ArtifactVersion

FORMAT = 1
"""Part of every key: raised when what makes up a key changes."""


@dataclass
class FileDigests:
    """Digests of files, each read once as long as it stays what it is.

    `left_out` are folders in which no step's sources are.
    """

    left_out: Sequence[str] = ()
    _known: dict[tuple[int, ...], str] = field(default_factory=dict)

    def of(self, path: str) -> str | None:
        """The digest of a regular file; None for anything else."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                return None
            stamp = (
                found.st_dev,
                found.st_ino,
                found.st_size,
                found.st_mtime_ns,
                found.st_ctime_ns,
            )
            if stamp not in self._known:
                self._known[stamp] = hash_file(descriptor)[0]
            return self._known[stamp]
        finally:
            os.close(descriptor)


def key_of(
    plan: CommandPlan,
    step: CommandStep,
    inputs: Mapping[str, ArtifactVersion],
    digests: FileDigests,
) -> Key:
    """What a step that does the same has in common with it.

    Of the environment it is what the file says, without what comes from outside; of inputs their
    content, of files that the command names and of `sources` too. Of a step without a command it
    is the content of its files, and of those with their metadata.
    """
    parts = {
        "command": step.config.command,
        "files": _command_files(plan, step, digests),
        "sources": _source_files(plan, step, digests),
        "env": without(dict(step.config.env), plan.secrets),  # another secret is no difference
        "inputs": {name: _content(version) for name, version in inputs.items()},
        "outputs": [_configured(output) for output in step.outputs],
    }
    if step.config.command is None:
        parts["files"] = [_content_of_files(output, digests) for output in step.outputs]
    found = {name: digest_of(canonical_json(part)) for name, part in parts.items()}
    return Key(digest_of(canonical_json({"commands": FORMAT, **found})), found)


def _command_files(plan: CommandPlan, step: CommandStep, digests: FileDigests) -> dict[str, str]:
    """The content of words that are files, but for what the step itself writes."""
    own = _Own(step)
    found = {}
    for word in sorted(set(_words(step))):
        path = os.path.join(plan.folder, word)
        digest = None if own.covers(path) else digests.of(path)
        if digest is not None:
            found[word] = digest
    return found


def _source_files(plan: CommandPlan, step: CommandStep, digests: FileDigests) -> dict[str, str]:
    own = _Own(step)
    found = {}
    for pattern in step.config.sources:
        for path in expand(plan.folder, pattern, digests.left_out):
            digest = None if own.covers(path) else digests.of(path)
            if digest is not None:
                found[_as_text(os.path.relpath(path, plan.folder))] = digest
    return found


def _as_text(path: str) -> str:
    """The path itself, unless its bytes are no text: then what no other path can be."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return f"\0{os.fsencode(path).hex()}"
    return path


def unmatched_sources(plan: CommandPlan, step: CommandStep) -> list[str]:
    """The patterns of `sources` that match nothing."""
    return [each for each in step.config.sources if not any(expand(plan.folder, each, ()))]


class _Own:
    """What a step writes: not what it depends on."""

    def __init__(self, step: CommandStep) -> None:
        paths = [path for one in step.outputs for path in (one.path, one.metadata_file) if path]
        self._paths = [os.path.normpath(path) for path in paths]

    def covers(self, path: str) -> bool:
        """Whether a path is an output, or lies in one."""
        plain = os.path.normpath(path)
        return any(plain == own or plain.startswith(f"{own}/") for own in self._paths)


def _words(step: CommandStep) -> Iterator[str]:
    """The words of a command, and what stands behind `=` in them."""
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
    with contextlib.suppress(ValueError):  # a quote that only the shell understands
        return list(lexer)
    return command.split()


def _content(version: ArtifactVersion) -> str:
    return version.digest or version.source_checksum or version.id


def _content_of_files(output: FileOutput, digests: FileDigests) -> object:
    try:
        manifest, _ = transfer.link(output.path, transfer.CollectOptions())
    except (NotFoundError, InvalidInputError, UnsafeError):  # which the step itself will report
        return None
    said = output.metadata_file and digests.of(output.metadata_file)
    return [manifest.content_digest or manifest.source_checksum, manifest.kind.value, said]


def _configured(output: FileOutput) -> object:
    config = output.config
    return [output.expected.as_json(), config.path, config.link, config.metadata_file]
