"""Writing the records of what is committed already."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from artifactctl import upkeep

if TYPE_CHECKING:
    from artifactctl.client import Client


def write_records(client: "Client", row_ids: Sequence[str]) -> tuple[str, ...]:
    """Write the records of these rows; that they cannot be written is only a note."""
    try:
        upkeep.write_records(client.catalog, client.store, row_ids)
    except OSError as error:
        return (f"a record could not be written ({error.strerror}); the next change will",)
    return ()
