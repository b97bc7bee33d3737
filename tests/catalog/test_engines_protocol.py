"""Both engines write out the protocol: a method that one forgets would return None from there."""

import pytest

from artifactctl.catalog.engine.postgres import PostgresDatabase
from artifactctl.catalog.engine.postgres_transaction import PostgresTransaction
from artifactctl.catalog.engine.protocol import Database, Queries, Transaction
from artifactctl.catalog.engine.sqlite import SqliteDatabase, SqliteTransaction

WRITTEN_THERE = {"row", "one"}  # by `rows`, for all engines


def methods(protocol: type) -> set[str]:
    return {name for name, value in vars(protocol).items() if callable(value) and name[0] != "_"}


@pytest.mark.parametrize(
    ("engine", "protocol"),
    [
        (SqliteDatabase, Database),
        (PostgresDatabase, Database),
        (SqliteTransaction, Transaction),
        (PostgresTransaction, Transaction),
    ],
)
def test_each_engine_has_every_method_of_the_protocol(engine: type, protocol: type):
    asked = (methods(Queries) | methods(protocol)) - WRITTEN_THERE
    assert asked
    own = {name for one in engine.__mro__ for name in vars(one) if one not in protocol.__mro__}
    assert asked <= own
