"""A run from its beginning to its end, however it ends."""

import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from artifactctl.enums import RunStatus
from artifactctl.errors import ArtifactctlError, StepFailedError
from artifactctl.pipelines.engine.reports import Watch
from artifactctl.pipelines.secrets import without
from artifactctl.tags import Tags
from artifactctl.verbs import recording
from artifactctl.verbs.recording import OpenRun

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run when it begins; `secrets` are texts that no record may show."""

    pipeline: str
    name: str
    details: Mapping[str, Any]
    tags: Tags
    metadata: Mapping[str, Any]
    secrets: Collection[str] = ()


def _nothing(_error: BaseException) -> None:
    """Nobody wants to know."""


@contextmanager
def recorded(
    client: "Client",
    facts: RunFacts,
    watch: Watch,
    on_failure: Callable[[BaseException], None] = _nothing,
) -> Iterator[OpenRun]:
    """Record a run that lasts as long as the block; what the block raises is recorded with it."""
    with recording.begin_run(
        client.home,
        facts.pipeline,
        facts.name,
        details=_in_unicode(facts.details),
        tags=facts.tags,
        metadata=facts.metadata,
    ) as run:
        watch.opened(run.id, run.name)
        try:
            yield run
        except BaseException as error:
            if not run.is_here:  # a fork that leaves the run ends nothing
                raise
            status = RunStatus.CANCELLED if is_cancelled(error) else RunStatus.FAILED
            # Where even that cannot be written, whoever begins the next run finds this one dead.
            with suppress(OSError, ArtifactctlError):
                end = {"error": described(error, facts.secrets)}
                recording.end_run(client.home, run.id, status, end)
            watch.closed(status)
            on_failure(error)
            raise
        recording.end_run(client.home, run.id, RunStatus.COMPLETED, {})
        watch.closed(RunStatus.COMPLETED)


def is_cancelled(error: BaseException) -> bool:
    """Whether it is what a signal became, and no failure of the code that ran."""
    return not isinstance(error, Exception | SystemExit)


def described(error: BaseException, secrets: Collection[str]) -> dict[str, str]:
    """An error as it is recorded."""
    if isinstance(error, StepFailedError) and error.__cause__ is not None:
        error = error.__cause__  # what the step's own code raised
    if is_cancelled(error):
        return {"type": "Interrupted", "message": "it was asked to end"}
    texts = {"type": type(error).__qualname__, "message": str(error)}
    if not isinstance(error, StepFailedError):
        texts["traceback"] = "".join(traceback.format_exception(error))
    return {key: _in_unicode(without(text, secrets)) for key, text in texts.items()}


def _in_unicode(value: Any) -> Any:
    """The same JSON value; what is no text, in paths and in the environment, is escaped."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_in_unicode(key): _in_unicode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_in_unicode(item) for item in value]
    return value
