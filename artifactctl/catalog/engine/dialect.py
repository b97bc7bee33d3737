"""What the engines write differently, as values that statements are made with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine writes what SQL has no one way for.

    `like` matches a pattern in which ASCII letters are alike in both cases, and no others are.
    `unindexed` before a column keeps the planner from sorting by an index of it. `row_key` is the
    number of a row in its table. `start_of` is the part of a long text that an index has, as a
    format of the column or parameter; None where an index has it whole.
    """

    like: str
    unindexed: str
    row_key: str
    start_of: str | None


SQLITE = Dialect(like="LIKE", unindexed="+", row_key="rowid", start_of=None)
# A plus changes the plans of PostgreSQL for the worse. Its indexes hold at most 2,704 bytes a row.
POSTGRES = Dialect(like="ILIKE", unindexed="", row_key="seq", start_of="left({}, 200)")
