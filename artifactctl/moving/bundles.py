"""Bundles: a store in a zip file, with the records of what is in it.

The members are `bundle.json`, and `records/ID.json`, `manifests/ab/DIGEST.json`, `blobs/ab/DIGEST`
as in a store, so that an unpacked bundle is one.
"""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from artifactctl.catalog.engine.temporary import Marks
from artifactctl.catalog.reading.sending import Use
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import Record, parse_record
from artifactctl.catalog.writing.receiving import AFTER, BEFORE, owners_in, uses_in
from artifactctl.digests import PREFIX, blob_key, digest_of, manifest_key
from artifactctl.errors import ArtifactctlError, IntegrityError, InvalidInputError, UnsafeError
from artifactctl.json_text import canonical_json, parse_json
from artifactctl.moving.carrying import blob_entry, cargo_of
from artifactctl.moving.senders import Sender
from artifactctl.moving.zip_reading import Member, iterate_members, open_member, read_member
from artifactctl.moving.zip_writing import ZipWriter
from artifactctl.store import Advance, Source
from artifactctl.transfer.verified_stream import VerifiedStream

FORMAT = 1
_ABOUT = "bundle.json"
_HEAD = {"bundle": "artifactctl", "digest": "blake3", "format": FORMAT}
_MOST_ABOUT_BYTES = 64 << 10
_MOST_RECORD_BYTES = 64 << 20  # as in a store
_MOST_MANIFEST_BYTES = 1 << 30
_NAME = re.compile(
    r"records/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json"
    r"|manifests/(?P<m2>[0-9a-f]{2})/(?P<manifest>(?P=m2)[0-9a-f]{62})\.json"
    r"|blobs/(?P<b2>[0-9a-f]{2})/(?P<blob>(?P=b2)[0-9a-f]{62})"
)
_VERSIONS_AT_ONCE = 100


def write_bundle(sender: Sender, out: BinaryIO, advance: Advance) -> None:
    """Write what a sender has as a bundle; the same content makes the same bytes."""
    with closing(Marks()) as written:
        writing = _Writing(sender, ZipWriter(out), written, advance)
        writing.out.add(_ABOUT, canonical_json(_HEAD))
        writing.write_other_records(BEFORE)
        for versions in batches(sender.versions(), _VERSIONS_AT_ONCE):
            writing.write_versions(versions)
        writing.write_tags()
        writing.write_other_records(AFTER)
        writing.out.close()


@dataclass(slots=True)
class _Writing:
    """A bundle that is being written; `written` are the IDs and digests that it has.

    `tags` are the names of tags that versions and runs in it have.
    """

    sender: Sender
    out: ZipWriter
    written: Marks
    advance: Advance
    tags: set[str] = field(default_factory=set)

    def write_other_records(self, kinds: Sequence[str]) -> None:
        """Write the records of runs, tags and used-up numbers, and the logs of the runs."""
        for records in batches(self.sender.other_records(kinds), _VERSIONS_AT_ONCE):
            self._write_bytes((), [item for item in records if item["record"] == "run"])
            self._write_records(records)
            self._write_series(records)

    def write_versions(self, versions: Sequence[Record]) -> None:
        """Write the records and bytes of versions, and of the runs that made them."""
        ids = dict.fromkeys(record["producer_run"] for record in versions)
        found = [self.sender.find(run_id) for run_id in ids if run_id is not None]
        runs = [run for run in found if run is not None and run["record"] == "run"]
        self._write_bytes(versions, runs)
        self._write_records([*versions, *runs])
        self._write_series([*versions, *runs])

    def _write_series(self, records: Sequence[Record]) -> None:
        """Write the series of versions and runs; a chunk is a few dozen KB."""
        owners = [owner for record in records for owner in owners_in(record)]
        for chunks in batches(self.sender.series(owners), _VERSIONS_AT_ONCE):
            self._write_records(chunks)

    def write_tags(self) -> None:
        """Write the records of the tags."""
        found = [self.sender.tag(name) for name in sorted(self.tags)]
        self._write_records([record for record in found if record is not None])

    def _write_records(self, records: Sequence[Record]) -> None:
        new = set(self.written.missing([record["id"] for record in records]))
        for record in records:
            self.tags.update(record.get("tags", ()), record.get("artifact", {}).get("tags", ()))
            if record["id"] in new:
                self.out.add(f"records/{record['id']}.json", canonical_json(record))
        self.written.add(new)

    def _write_bytes(self, versions: Sequence[Record], runs: Sequence[Record]) -> None:
        cargo = cargo_of(self.sender, versions, runs)
        for digest in self.written.missing(list(cargo.blobs)):
            size_bytes = cargo.blobs[digest]
            with self.sender.open(digest) as source:
                stream = VerifiedStream(source, blob_entry(digest, size_bytes), self.advance)
                self.out.add_stream(blob_key(digest), cast("BinaryIO", stream), size_bytes)
        for digest in self.written.missing(list(cargo.manifests)):
            self.out.add(manifest_key(digest), cargo.manifests[digest])
        self.written.add([*cargo.blobs, *cargo.manifests])


class BundleSender:
    """An open bundle, of which every name and record was checked before it is used."""

    is_trusted = False
    is_whole = False  # a bundle does not say whether it has everything of its home
    jobs = 1

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._blobs: dict[bytes, Member] = {}
        self._manifests: dict[bytes, Member] = {}
        self._records: dict[str, Member] = {}
        self._kinds: dict[str, list[str]] = {}
        self._tags: dict[str, str] = {}
        self._users: dict[str, list[str]] = {}
        self._made_from: dict[str, list[str]] = {}
        self._series: dict[str, list[str]] = {}
        self._read_names()
        for record_id in self._records:
            self._note(self._record(record_id))

    def _read_names(self) -> None:
        members = iterate_members(self._descriptor)
        about = next(members)
        if about.name != _ABOUT:
            raise InvalidInputError("it is no bundle", hint="'artifactctl export' makes one")
        self._check_about(about)
        for member in members:
            found = _NAME.fullmatch(member.name)
            if found is None:
                raise UnsafeError(f"member {member.name!r} has a name that a bundle does not have")
            key = found["id"] or bytes.fromhex(found["manifest"] or found["blob"])
            group = self._records if found["id"] else self._manifests
            group = self._blobs if found["blob"] else group
            if key in group:
                raise UnsafeError(f"member {member.name!r} occurs twice")
            group[key] = member  # type: ignore[index]

    def _check_about(self, member: Member) -> None:
        try:
            if member.size_bytes > _MOST_ABOUT_BYTES:
                raise ValueError
            about = parse_json(read_member(self._descriptor, member).decode(), 4)
            if about["bundle"] != _HEAD["bundle"] or about["digest"] != _HEAD["digest"]:
                raise ValueError
            is_known = about["format"] == FORMAT
        except (ValueError, LookupError, TypeError, InvalidInputError):
            raise InvalidInputError(
                "it is no bundle", hint="'artifactctl export' makes one"
            ) from None
        if not is_known:
            raise InvalidInputError("it is of another version of artifactctl", hint="update it")

    def _note(self, record: Record) -> None:
        kind, row_id = record["record"], record["id"]
        self._kinds.setdefault(kind, []).append(row_id)
        if kind == "tag" and record["deleted"] is None:
            self._tags.setdefault(record["name"], row_id)
        if kind == "run":
            for use in uses_in(record):
                self._users.setdefault(use.version_id, []).append(row_id)
        if kind == "series":
            self._series.setdefault(record["owner"], []).append(row_id)
        if kind == "version":
            for source in record["inputs"]:
                self._made_from.setdefault(source, []).append(row_id)

    def _record(self, record_id: str) -> Record:
        member = self._records[record_id]
        if member.size_bytes > _MOST_RECORD_BYTES:
            raise UnsafeError(f"record {record_id} is larger than any that artifactctl writes")
        content = read_member(self._descriptor, member)
        why = "it is not what artifactctl writes"
        with suppress(ValueError, LookupError, TypeError, AttributeError):
            try:
                return parse_record(record_id, content)
            except ArtifactctlError as error:
                why = error.message
        raise IntegrityError(f"record {record_id} cannot be used: {why}")

    def versions(self) -> Iterator[Record]:
        """Yield the records of the versions."""
        return map(self._record, self._kinds.get("version", ()))

    def other_records(self, kinds: Sequence[str]) -> Iterator[Record]:
        """Yield the other records."""
        for kind in kinds:
            yield from map(self._record, self._kinds.get(kind, ()))

    def find(self, row_id: str) -> Record | None:
        """The record of a row, or None."""
        return self._record(row_id) if row_id in self._records else None

    def series(self, owner_ids: Sequence[str]) -> Iterator[Record]:
        """Yield the chunks of the series of versions, runs and steps."""
        for owner in owner_ids:
            yield from map(self._record, self._series.get(owner, ()))

    def tag(self, name: str) -> Record | None:
        """The record of a tag, or None."""
        return self.find(self._tags[name]) if name in self._tags else None

    def uses(self, version_ids: Sequence[str]) -> list[Use]:
        """The steps in the bundle that made or used some versions."""
        wanted = set(version_ids)
        runs = dict.fromkeys(run for item in version_ids for run in self._users.get(item, ()))
        found = (use for run_id in runs for use in uses_in(self._record(run_id)))
        return [use for use in found if use.version_id in wanted]

    def made_from(self, version_ids: Sequence[str]) -> list[tuple[str, str]]:
        """The versions in the bundle that were registered with some versions as inputs."""
        return [(made, item) for item in version_ids for made in self._made_from.get(item, ())]

    def manifest(self, digest: str) -> bytes:
        """A manifest, verified."""
        member = self._member(self._manifests, "manifest", digest)
        if member.size_bytes > _MOST_MANIFEST_BYTES:
            raise UnsafeError(f"manifest {digest} is larger than any that artifactctl writes")
        content = read_member(self._descriptor, member)
        if digest_of(content) != digest:
            raise IntegrityError(f"manifest {digest} is damaged")
        return content

    def open(self, digest: str) -> BinaryIO:
        """Open a blob, unverified."""
        member = self._member(self._blobs, "blob", digest)
        return cast("BinaryIO", open_member(self._descriptor, member))

    def file(self, digest: str) -> Source | None:  # noqa: ARG002
        """None: a blob is a part of a file."""
        return None

    @staticmethod
    def _member(group: dict[bytes, Member], what: str, digest: str) -> Member:
        member = group.get(bytes.fromhex(digest.removeprefix(PREFIX)))
        if member is None:
            raise IntegrityError(f"{what} {digest} is not in the bundle")
        return member


def open_bundle(path: str) -> int:
    """A descriptor of a bundle's file; raises `InvalidInputError` unless it is a regular file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInputError(
            f"bundle {path!r} is not a regular file", hint="save what comes from a pipe in a file"
        )
    return descriptor
