"""Composition of a pipeline: its function calls steps, whose calls are noted and not run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn

from artifactctl import context
from artifactctl.errors import InvalidInputError, StepInterfaceError
from artifactctl.pipelines.ordering import in_order
from artifactctl.pipelines.python.definitions import StepDefinition


class StepArtifact:
    """A handle for an output of a step, which other steps can take as an input."""

    def __init__(self, invocation: str, key: str) -> None:
        self.invocation_id = invocation
        self.output_name = key

    def _unknown(self, *_: object) -> NoReturn:
        raise StepInterfaceError(
            f"output {self.output_name!r} of step {self.invocation_id!r} is known only when the"
            " step has run",
            hint="pass it to another step, and work with it there",
        )

    # Without these, `if accuracy:` in a pipeline's function would be true for every output.
    __bool__ = __iter__ = __len__ = __getitem__ = __float__ = __int__ = _unknown
    __add__ = __sub__ = __mul__ = __lt__ = __gt__ = __le__ = __ge__ = _unknown

    def __repr__(self) -> str:
        return f"<output {self.output_name!r} of step {self.invocation_id!r}>"


@dataclass(frozen=True)
class Invocation:
    """One call of a step in a pipeline; `id` is the step's name in the run."""

    id: str
    step: StepDefinition[Any, Any]
    arguments: Mapping[str, Any]
    after: tuple[str, ...] = ()

    @property
    def upstream_steps(self) -> set[str]:
        """The names of the steps that come before it."""
        handles = handles_in(dict(self.arguments))
        return {*self.after, *(handle.invocation_id for handle in handles)}


@dataclass
class Composition:
    """The calls of steps that a pipeline's function has made, in their order."""

    invocations: dict[str, Invocation] = field(default_factory=dict)

    def add(
        self,
        step: StepDefinition[Any, Any],
        arguments: Mapping[str, object],
        name: str | None,
        after: object,
    ) -> StepArtifact | tuple[StepArtifact, ...] | None:
        """Note a call; return a handle for each output."""
        invocation_id = name or self._free_id(step.name)
        if invocation_id in self.invocations:
            raise InvalidInputError(
                f"the pipeline calls two steps {invocation_id!r}", hint="give each its own id="
            )
        self.invocations[invocation_id] = Invocation(
            invocation_id, step, dict(arguments), tuple(_ids(after))
        )
        handles = tuple(StepArtifact(invocation_id, o.key) for o in step.signature.outputs)
        if step.signature.returns_several:
            return handles
        return handles[0] if handles else None

    def in_order(self) -> list[Invocation]:
        """The calls, each after those it needs, otherwise in the order in which they were made."""
        for invocation in self.invocations.values():
            unknown = invocation.upstream_steps - self.invocations.keys()
            if unknown:
                raise InvalidInputError(
                    f"step {invocation.id!r} comes after {min(unknown)!r}, which is not a step of"
                    " the pipeline",
                    hint=f"it has {', '.join(self.invocations)}",
                )
        needed = {call.id: call.upstream_steps for call in self.invocations.values()}
        return [self.invocations[name] for name in in_order(needed)]

    def _free_id(self, name: str) -> str:
        number, found = 1, name
        while found in self.invocations:
            number += 1
            found = f"{name}_{number}"
        return found


_composition: ContextVar[Composition | None] = ContextVar("artifactctl_composition", default=None)


def current_composition() -> Composition | None:
    """The composition of the pipeline whose function is executing, if any."""
    return _composition.get() if context.is_composing() else None


@contextmanager
def compose() -> Iterator[Composition]:
    """Note the calls of steps during the block instead of running them."""
    composition = Composition()
    token = _composition.set(composition)
    try:
        with context.composing():
            yield composition
    finally:
        _composition.reset(token)


def leaves(value: Any) -> Iterator[object]:
    """The values in nested lists, tuples and dicts; any other value is one itself."""
    # Subclasses are values of their own. As arguments they are refused, like any other value that
    # is not plain, whether there is a handle in them or not.
    if type(value) in (list, tuple, dict):
        for item in value.values() if type(value) is dict else value:
            yield from leaves(item)
    else:
        yield value


def handles_in(value: object) -> Iterator[StepArtifact]:
    """The handles in an argument, including those in lists, tuples and dicts."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, StepArtifact))


def _ids(after: Any) -> list[str]:
    several = after if isinstance(after, list | tuple | set) else [after]
    return [x.invocation_id if isinstance(x, StepArtifact) else x for x in several if x is not None]
