"""A model of registers and garbage collections beside each other, and all that can happen in it.

One digest is enough: the rules are about each digest by itself. Two registers come to rely on it,
up to three collections want to delete it, and a version that has it may be deleted meanwhile. Each
may be killed, and each lease may lapse, between any two steps. All reachable states are searched; a
bad one has a version whose bytes are gone. Each rule is necessary: without it there are bad states.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, auto
from typing import NamedTuple

import pytest


class Rule(IntEnum):
    """What keeps every version complete (see `catalog.writing.condemning`)."""

    EPOCH_IS_READ_BEFORE_THE_BYTES = auto()
    EARLIER_VERSION_IS_READ_AFTER_THE_EPOCH = auto()
    REGISTER_ASKS_WHAT_IS_CONDEMNED = auto()
    REGISTER_ASKS_WHAT_IS_PENDING = auto()
    COLLECTION_LOOKS_AGAIN_UNDER_THE_LOCK = auto()
    COLLECTION_SPARES_WHAT_IS_PENDING_FOR_ANOTHER = auto()
    COLLECTION_DELETES_ONLY_WHILE_ITS_LEASE_LASTS = auto()
    END_OF_A_DELETION_IS_AN_EPOCH = auto()
    LAPSED_DELETION_IS_ENDED_WITH_AN_EPOCH = auto()
    FORGETTING_IS_NOTED = auto()


EVERY = frozenset(Rule)


class Reg(IntEnum):
    """How far a register is."""

    BEGINS = 0
    ASKS = 1  # whether the store has the bytes
    PUTS = 2
    READS_LATE = 3  # the epoch, where the rule is left out that it is read first
    ADDS = 4  # its row, in a transaction
    ADDED = 5
    DEAD = 6


class Col(IntEnum):
    """How far a collection is."""

    LISTS = 0
    CONDEMNS = 1
    DELETES = 2
    NOTES = 3
    ENDED = 4  # or killed


class Register(NamedTuple):
    at: Reg = Reg.BEGINS
    epoch: int = 0
    # It takes over what an earlier version has without asking the store.
    skips: bool = False
    has_seen_earlier: bool = False


class Collection(NamedTuple):
    at: Col = Col.LISTS
    is_pending: bool = False  # the digest is condemned by it, and nobody has noted the end
    has_lapsed: bool = False


def _plain(one: Collection) -> Collection:
    """The same, without what makes no difference once it has ended and that was noted."""
    return Collection(Col.ENDED) if one.at == Col.ENDED and not one.is_pending else one


class State(NamedTuple):
    """The store, the catalog and the processes. `row` is the epoch of the condemned digest."""

    has_bytes: bool = True
    earlier: bool = True
    is_referred: bool = False  # by a version that was added and not deleted
    epoch: int = 0
    row: int | None = None
    forgotten: int = 0
    registers: tuple[Register, ...] = (Register(), Register(skips=True))
    collections: tuple[Collection, ...] = (Collection(),) * 3

    @property
    def is_bad(self) -> bool:
        return (self.earlier or self.is_referred) and not self.has_bytes

    def plain(self) -> "State":
        """The same state with collections in order and epochs by rank, which is all that counts."""
        known = {self.epoch, self.forgotten, *(each.epoch for each in self.registers)}
        known |= set() if self.row is None else {self.row}
        rank = {value: place for place, value in enumerate(sorted(known | {0}))}
        return self._replace(
            epoch=rank[self.epoch],
            forgotten=rank[self.forgotten],
            row=None if self.row is None else rank[self.row],
            registers=tuple(each._replace(epoch=rank[each.epoch]) for each in self.registers),
            collections=tuple(sorted(map(_plain, self.collections))),
        )


@dataclass(frozen=True, slots=True)
class Model:
    """What can happen next, by these rules."""

    rules: frozenset[Rule] = EVERY

    def next(self, state: State) -> Iterator[State]:
        for place, register in enumerate(state.registers):
            yield from self._registers(state, place, register)
        for place, collection in enumerate(state.collections):
            yield from self._collects(state, place, collection)
        if state.earlier:
            yield state._replace(earlier=False)
        if state.row is not None and not any(each.is_pending for each in state.collections):
            is_noted = Rule.FORGETTING_IS_NOTED in self.rules
            forgotten = max(state.forgotten, state.row) if is_noted else state.forgotten
            yield state._replace(row=None, forgotten=forgotten)

    def _registers(self, state: State, place: int, one: Register) -> Iterator[State]:
        for after, mine in self._steps(state, one, is_first=place == 0):
            registers = (*state.registers[:place], mine, *state.registers[place + 1 :])
            yield after._replace(registers=registers)

    def _steps(
        self, state: State, one: Register, *, is_first: bool
    ) -> Iterator[tuple[State, Register]]:
        if one.at == Reg.BEGINS:
            yield from self._begins(state, one)
        elif one.at == Reg.ASKS:
            has_it = self._sees_earlier(state, one) or state.has_bytes
            yield state, self._has(one) if has_it else one._replace(at=Reg.PUTS)
        elif one.at == Reg.PUTS:
            yield state._replace(has_bytes=True), self._has(one)
        elif one.at == Reg.READS_LATE:
            yield state, one._replace(at=Reg.ADDS, epoch=state.epoch)
        elif one.at == Reg.ADDS and self._may_add(state, one):
            yield state._replace(is_referred=True), one._replace(at=Reg.ADDED)
        elif one.at == Reg.ADDS:
            again = one._replace(at=Reg.BEGINS, epoch=0, has_seen_earlier=False)
            yield self._without_lapsed(state), again
        elif one.at == Reg.ADDED and state.is_referred and is_first:
            yield state._replace(is_referred=False), one  # all that were added are deleted
        if one.at not in (Reg.ADDED, Reg.DEAD):
            yield state, one._replace(at=Reg.DEAD, epoch=0, has_seen_earlier=False)

    def _begins(self, state: State, one: Register) -> Iterator[tuple[State, Register]]:
        if Rule.EPOCH_IS_READ_BEFORE_THE_BYTES not in self.rules:
            yield state, one._replace(at=Reg.ASKS)
            return
        yield state, one._replace(at=Reg.ASKS, epoch=state.epoch)
        is_early = Rule.EARLIER_VERSION_IS_READ_AFTER_THE_EPOCH not in self.rules
        if is_early and one.skips and state.earlier:
            yield state, one._replace(has_seen_earlier=True)

    def _sees_earlier(self, state: State, one: Register) -> bool:
        """Whether there is an earlier version, or was one before the epoch was read."""
        return one.has_seen_earlier or (one.skips and state.earlier)

    def _has(self, one: Register) -> Register:
        is_late = Rule.EPOCH_IS_READ_BEFORE_THE_BYTES not in self.rules
        return one._replace(at=Reg.READS_LATE if is_late else Reg.ADDS, has_seen_earlier=False)

    def _may_add(self, state: State, one: Register) -> bool:
        if Rule.FORGETTING_IS_NOTED in self.rules and one.epoch < state.forgotten:
            return False
        is_pending = any(each.is_pending for each in state.collections)
        if Rule.REGISTER_ASKS_WHAT_IS_PENDING in self.rules and is_pending:
            return False
        is_later = state.row is not None and state.row > one.epoch
        return not (Rule.REGISTER_ASKS_WHAT_IS_CONDEMNED in self.rules and is_later)

    def _collects(self, state: State, place: int, one: Collection) -> Iterator[State]:
        if one.at == Col.CONDEMNS:
            yield from self._condemns(state, place, one)
        for after, mine in self._deletes(state, one):
            collections = (*state.collections[:place], mine, *state.collections[place + 1 :])
            yield after._replace(collections=collections)

    def _deletes(self, state: State, one: Collection) -> Iterator[tuple[State, Collection]]:
        if one.is_pending and not one.has_lapsed:
            yield state, one._replace(has_lapsed=True)
        if one.at == Col.ENDED:
            return
        if one.at == Col.LISTS:
            is_garbage = state.has_bytes and not state.earlier and not state.is_referred
            yield state, one._replace(at=Col.CONDEMNS if is_garbage else Col.ENDED)
        elif one.at == Col.DELETES:
            may_stop = Rule.COLLECTION_DELETES_ONLY_WHILE_ITS_LEASE_LASTS in self.rules
            stops = may_stop and one.has_lapsed
            yield state if stops else state._replace(has_bytes=False), one._replace(at=Col.NOTES)
        elif one.at == Col.NOTES:
            # Somebody else has noted it when the lease had lapsed.
            is_epoch = one.is_pending and Rule.END_OF_A_DELETION_IS_AN_EPOCH in self.rules
            yield _in_new_epoch(state) if is_epoch else state, Collection(at=Col.ENDED)
        yield state, one._replace(at=Col.ENDED)  # killed

    def _condemns(self, state: State, place: int, one: Collection) -> Iterator[State]:
        state = self._without_lapsed(state)
        looks = Rule.COLLECTION_LOOKS_AGAIN_UNDER_THE_LOCK in self.rules
        spares = Rule.COLLECTION_SPARES_WHAT_IS_PENDING_FOR_ANOTHER in self.rules
        is_needed = looks and (state.earlier or state.is_referred)
        if is_needed or (spares and any(each.is_pending for each in state.collections)):
            mine = one._replace(at=Col.ENDED)
            others = state.collections
        else:
            mine = one._replace(at=Col.DELETES, is_pending=True)
            # The digest has one row: it is no longer pending for another.
            others = tuple(each._replace(is_pending=False) for each in state.collections)
            state = _in_new_epoch(state)
        yield state._replace(collections=(*others[:place], mine, *others[place + 1 :]))

    def _without_lapsed(self, state: State) -> State:
        """Whoever meets a lapsed deletion notes that it has ended."""
        if not any(each.is_pending and each.has_lapsed for each in state.collections):
            return state
        state = state._replace(
            collections=tuple(
                each._replace(is_pending=each.is_pending and not each.has_lapsed)
                for each in state.collections
            ),
        )
        is_epoch = Rule.LAPSED_DELETION_IS_ENDED_WITH_AN_EPOCH in self.rules
        return _in_new_epoch(state) if is_epoch else state


def _in_new_epoch(state: State) -> State:
    """The digest is condemned, or its deletion ends, in a new epoch."""
    return state._replace(epoch=state.epoch + 1, row=state.epoch + 1)


@dataclass
class Search:
    """The states that were reached, and the first bad one with the way there."""

    states: int = 0
    way: list[State] = field(default_factory=list)


def search(model: Model, collections: int) -> Search:
    begin = State(collections=(Collection(),) * collections).plain()
    came_from: dict[State, State | None] = {begin: None}
    waiting = deque([begin])
    while waiting:
        state = waiting.popleft()
        if state.is_bad:
            way: list[State] = []
            at: State | None = state
            while at is not None:
                way.append(at)
                at = came_from[at]
            return Search(len(came_from), way[::-1])
        for after in model.next(state):
            plain = after.plain()
            if plain not in came_from:
                came_from[plain] = state
                waiting.append(plain)
    return Search(len(came_from))


@pytest.mark.parametrize("collections", [2, pytest.param(3, marks=pytest.mark.sweep)])
def test_with_every_rule_no_interleaving_leaves_a_version_without_its_bytes(
    collections: int,
) -> None:
    found = search(Model(), collections)
    assert found.way == []
    assert found.states > 10_000


@pytest.mark.parametrize("rule", Rule)
def test_without_a_rule_some_interleaving_leaves_a_version_without_its_bytes(rule: Rule) -> None:
    found = search(Model(EVERY - {rule}), 2)
    assert found.way, f"{found.states} states, and none is bad"
