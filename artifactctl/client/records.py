"""What follows a commit: the records are written, and who lost a tag is told."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from artifactctl import upkeep
from artifactctl.catalog.reading.finding import find_version
from artifactctl.errors import NotFoundError
from artifactctl.refs import Ref

if TYPE_CHECKING:
    from artifactctl.client import Client


def write_records(client: "Client", row_ids: Sequence[str]) -> tuple[str, ...]:
    """Write the records of these rows; that they cannot be written is only a note."""
    try:
        upkeep.write_records(client.catalog, client.store, row_ids)
    except OSError as error:
        return (f"a record could not be written ({error.strerror}); the next change will",)
    return ()


def taken_from(client: "Client", taken: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Who lost which tag, for people; `taken` are pairs of a tag and the ID of a version."""
    for name, version_id in taken:
        with contextlib.suppress(NotFoundError):  # deleted meanwhile
            loser = find_version(client.catalog, Ref(version_id))
            yield f"{name!r} was taken from {loser.artifact}:{loser.version}"
