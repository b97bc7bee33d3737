"""Bundles that anybody may have made: what is wrong is refused, and nothing is written outside."""

import io
import json
import os
import struct
import uuid
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactctl.client import Client
from artifactctl.errors import (
    ArtifactctlError,
    ConflictError,
    IntegrityError,
    InvalidInputError,
    UnsafeError,
)
from tests.checker import check_home
from tests.recorded import Did, record

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A bundle of two versions."""
    folder = tmp_path_factory.mktemp("maker")
    (folder / "f").write_text("content")
    (folder / "g").write_text("other")
    client = Client(folder / "home")
    client.register("x", folder / "f", tags=["raw"], metadata={"a": 1})
    client.register("x", folder / "g")
    client.export(None, folder / "b.zip")
    client.close()
    return (folder / "b.zip").read_bytes()


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "victim").mkdir()
    made = Client(tmp_path / "victim" / "home")
    yield made
    made.close()
    check_home(tmp_path / "victim" / "home")
    assert {path.name for path in (tmp_path / "victim").iterdir()} <= {"home"}


def members(bundle: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(found: Members, **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, content in found.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100644 << 16
            info.compress_type = archive.compression
            archive.writestr(info, content)
    return out.getvalue()


def renamed(name: str) -> Callable[[Members], bytes]:
    return lambda found: zipped({**found, name: b"x"})


def changed_record(**cells: Any) -> Callable[[Members], bytes]:
    def change(found: Members) -> bytes:
        name = next(key for key, value in found.items() if b'"record":"version"' in value)
        record = {**json.loads(found[name]), **cells}
        return zipped({**found, name: json.dumps(record).encode()})

    return change


def compressed(found: Members) -> bytes:
    return zipped(found, compression=zipfile.ZIP_DEFLATED)


def linked(found: Members) -> bytes:
    data = bytearray(zipped(found))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 38, 0o120777 << 16)
    return bytes(data)


def twice(found: Members) -> bytes:
    out = io.BytesIO(zipped(found))
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo(next(iter(found.keys() - {"bundle.json"})))
        info.external_attr = 0o100644 << 16
        with warnings.catch_warnings(action="ignore"):
            archive.writestr(info, found[info.filename])
    return out.getvalue()


def overlapping(found: Members) -> bytes:
    """All entries of the directory say that their member begins where the first one does."""
    data = bytearray(zipped(found))
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<L", data, at + 42, 0)
        at = data.find(b"PK\x01\x02", at + 1)
    return bytes(data)


def too_large(found: Members) -> bytes:
    """A blob is said to have a terabyte."""
    data = bytearray(zipped(found))
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<2L", data, at + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(data)


def wrong_blob(found: Members) -> bytes:
    return zipped({n: b"evil" if n.startswith("blobs/") else c for n, c in found.items()})


def wrong_manifest(found: Members) -> bytes:
    return zipped({n: c + b" " if n.startswith("manifests/") else c for n, c in found.items()})


def without(start: str) -> Callable[[Members], bytes]:
    return lambda found: zipped({n: c for n, c in found.items() if not n.startswith(start)})


def about(**cells: Any) -> Callable[[Members], bytes]:
    return lambda found: zipped(
        {**found, "bundle.json": json.dumps({**json.loads(found["bundle.json"]), **cells}).encode()}
    )


HOSTILE: dict[str, tuple[type[ArtifactctlError], Callable[[Members], bytes]]] = {
    "a path that leads out": (UnsafeError, renamed("../../evil")),
    "an absolute path": (UnsafeError, renamed("/tmp/evil")),
    "a path of Windows": (UnsafeError, renamed("blobs\\ab\\evil")),
    "a stranger": (UnsafeError, renamed("readme.txt")),
    "a blob in another's folder": (UnsafeError, renamed(f"blobs/aa/{'b' * 64}")),
    "a name that is no text": (UnsafeError, renamed("records/é.json")),
    "compressed members": (UnsafeError, compressed),
    "a link": (UnsafeError, linked),
    "a member twice": (UnsafeError, twice),
    "overlapping members": (ArtifactctlError, overlapping),
    "a size beyond the file": (ArtifactctlError, too_large),
    "a blob of another digest": (IntegrityError, wrong_blob),
    "a manifest of another digest": (IntegrityError, wrong_manifest),
    "no blobs": (IntegrityError, without("blobs/")),
    "no manifests": (IntegrityError, without("manifests/")),
    "no head": (InvalidInputError, without("bundle.json")),
    "a newer format": (InvalidInputError, about(format=2)),
    "another program's": (InvalidInputError, about(bundle="other")),
    "a version that is no word": (IntegrityError, changed_record(version="../x")),
    "a record of another ID": (IntegrityError, changed_record(id="../../etc/passwd")),
    "facts that were changed": (IntegrityError, changed_record(size_bytes=1)),
    "metadata that is none": (IntegrityError, changed_record(metadata=[])),
    "an endless tag": (IntegrityError, changed_record(tags=["x" * 3000])),
    "a control character": (IntegrityError, changed_record(metadata={"\x1b[31m": 1})),
    "bytes before it": (InvalidInputError, lambda found: b"x" + zipped(found)),
    "bytes behind it": (IntegrityError, lambda found: zipped(found) + b"x"),
    "nothing": (InvalidInputError, lambda _found: b""),
    "an empty zip": (InvalidInputError, lambda _found: zipped({})),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_bundle_is_refused(name: str, bundle: bytes, victim: Client, tmp_path: Path):
    error, make = HOSTILE[name]
    path = tmp_path / "hostile.zip"
    path.write_bytes(make(members(bundle)))
    with pytest.raises(error) as refused:
        victim.import_(path)
    assert refused.value.message.isprintable()
    assert victim.list_artifact_versions().total == 0


def test_what_zipfile_makes_of_good_members_is_a_bundle(
    bundle: bytes, victim: Client, tmp_path: Path
):
    path = tmp_path / "good.zip"
    path.write_bytes(zipped(members(bundle)))
    assert len(victim.import_(path).moved) == 2


def test_a_file_that_is_no_file_is_refused(victim: Client, tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError):
        victim.import_(tmp_path / "pipe")
    with pytest.raises(InvalidInputError):
        victim.import_(tmp_path)


def test_a_truncated_bundle_is_refused_wherever_it_is_cut(
    bundle: bytes, victim: Client, tmp_path: Path
):
    path = tmp_path / "cut.zip"
    for length in [*range(0, len(bundle), max(1, len(bundle) // 60)), len(bundle) - 1]:
        path.write_bytes(bundle[:length])
        with pytest.raises((IntegrityError, InvalidInputError)):
            victim.import_(path)
    assert not (tmp_path / "victim" / "home" / "catalog.db").exists()


mutations = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "copy"]),
        st.integers(0, 1 << 16),
        st.binary(min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=4,
)


@given(changes=mutations)
@settings(max_examples=150)
def test_a_mutated_bundle_comes_in_whole_or_is_refused(
    bundle: bytes, tmp_path_factory: pytest.TempPathFactory, changes: Any
):
    folder = tmp_path_factory.mktemp("mutated")
    data = bytearray(bundle)
    for kind, place, some in changes:
        at = place % max(1, len(data))
        if kind == "flip":
            data[at : at + len(some)] = some
        elif kind == "cut":
            del data[at : at + len(some)]
        elif kind == "insert":
            data[at:at] = some
        else:
            data[at:at] = data[at : at + 64]
    (folder / "b.zip").write_bytes(data)
    client = Client(folder / "home")
    try:
        client.import_(folder / "b.zip", renumber=True, trust=True)
        assert client.verify() == []
    except (ConflictError, IntegrityError, InvalidInputError, UnsafeError):
        pass
    finally:
        client.close()
    check_home(folder / "home")
    assert {path.name for path in folder.iterdir()} <= {"b.zip", "home"}


Change = Callable[[dict[str, Any], str, str], None]


def with_ids_of_strangers(run: dict[str, Any], version_id: str, step_id: str) -> None:
    del step_id
    run["steps"][0]["id"] = version_id


def with_steps_of_others(run: dict[str, Any], version_id: str, step_id: str) -> None:
    del version_id
    run["steps"][0]["id"] = step_id


def with_the_id_of_a_version(run: dict[str, Any], version_id: str, step_id: str) -> None:
    del step_id
    run["id"] = version_id


@pytest.mark.parametrize(
    "change", [with_ids_of_strangers, with_steps_of_others, with_the_id_of_a_version]
)
def test_what_comes_takes_no_id_and_no_series_of_what_is_there(
    client: Client, victim: Client, tmp_path: Path, change: Change
):
    """Points and records are found by an ID alone, whatever it belongs to."""
    step_id = record(client, "theirs", Did("fit")).steps["fit"].id_text
    client.log_step_metadata(step_id, {"loss": [1.0, 2.0]}, step=range(2))
    client.export(None, tmp_path / "theirs.zip")
    (tmp_path / "mine").write_text("mine")
    mine = victim.register("mine", tmp_path / "mine").version
    my_step = record(victim, "my-run", Did("fit")).steps["fit"].id_text
    found = members((tmp_path / "theirs.zip").read_bytes())
    told = {name: json.loads(text) for name, text in found.items() if name.startswith("records/")}
    run = next(one for one in told.values() if one["record"] == "run")
    change(run, mine.id_text, my_step)
    for chunk in (one for one in told.values() if one["record"] == "series"):
        chunk["owner"] = run["steps"][0]["id"]
    others = {name: text for name, text in found.items() if name not in told}
    changed = {f"records/{one['id']}.json": json.dumps(one).encode() for one in told.values()}
    (tmp_path / "hostile.zip").write_bytes(zipped({**others, **changed}))
    with pytest.raises(ConflictError, match="belongs to something else"):
        victim.import_(tmp_path / "hostile.zip", trust=True)
    assert dict(victim.get_artifact_version("mine").series) == {}
    assert dict(victim.get_pipeline_run("my-run").series) == {}
    assert victim.verify() == []


def test_chunks_that_overlap_come_in_as_one_series(client: Client, victim: Client, tmp_path: Path):
    (tmp_path / "m").write_text("m")
    client.register("m", tmp_path / "m")
    client.log_metadata("m", {"loss": [1.0, 2.0, 3.0]}, step=range(3))
    client.export(None, tmp_path / "m.zip")
    found = members((tmp_path / "m.zip").read_bytes())
    chunk = next(json.loads(text) for text in found.values() if b'"record":"series"' in text)
    victim.register("taken", tmp_path / "m")
    taken = victim.get_artifact_version("taken").id_text
    for new_id in (str(uuid.uuid4()), taken):
        found[f"records/{new_id}.json"] = json.dumps({**chunk, "id": new_id}).encode()
    (tmp_path / "twice.zip").write_bytes(zipped(found))
    victim.import_(tmp_path / "twice.zip")
    assert victim.get_artifact_version("m").series["loss"].count == 3
    victim.log_metadata("m", {"loss": 9.0}, step=1)
    assert victim.get_artifact_version("m").series["loss"].points.values == (1.0, 9.0, 3.0)
    catalog = tmp_path / "victim" / "home" / "catalog.db"
    for rest in ("", "-wal", "-shm"):
        catalog.with_name(catalog.name + rest).unlink(missing_ok=True)
    other = {**chunk, "id": str(uuid.uuid4())}
    records = tmp_path / "victim" / "home" / "store" / "records"
    (records / f"{other['id']}.json").write_text(json.dumps(other))
    with closing(Client(tmp_path / "victim" / "home")) as again:
        assert not again.rebuild_catalog().problems
        loss = again.get_artifact_version("m").series["loss"]
        assert (loss.count, loss.points.steps) == (3, (0, 1, 2))
        assert dict(again.get_artifact_version("taken").series) == {}
