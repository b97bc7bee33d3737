"""Digests and the places that they name."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.digests import blob_key, digest_of, is_digest, manifest_key
from artifactctl.errors import IntegrityError

# The first and third test vector of the BLAKE3 reference implementation.
EMPTY = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
BYTES_0_TO_2 = "e1be4d7a8ab5560aa4199eea339849ba8e293d55ca0a81006726d184519e647f"


def test_a_digest_is_blake3_of_the_bytes_alone():
    assert digest_of(b"") == f"blake3:{EMPTY}"
    assert digest_of(bytes(range(3))) == f"blake3:{BYTES_0_TO_2}"


@given(st.binary())
def test_every_digest_has_the_form_of_one_and_names_places_in_the_store(content: bytes):
    digest = digest_of(content)
    name = digest.removeprefix("blake3:")
    assert is_digest(digest)
    assert blob_key(digest) == f"blobs/{name[:2]}/{name}"
    assert manifest_key(digest) == f"manifests/{name[:2]}/{name}.json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "blake3:",
        EMPTY,
        f"sha256:{EMPTY}",
        f"blake3:{EMPTY.upper()}",
        f"blake3:{EMPTY[:-1]}",
        f"blake3:{EMPTY}0",
        f"blake3:{EMPTY}\n",
        f"blake3:../{EMPTY[3:]}",
        f"blake3:{'٣' * 64}",
    ],
)
def test_nothing_else_becomes_a_part_of_a_path(text: str):
    assert not is_digest(text)
    for key in (blob_key, manifest_key):
        with pytest.raises(IntegrityError):
            key(text)


@given(st.text())
def test_arbitrary_text_never_becomes_a_part_of_a_path(text: str):
    assert not is_digest(text)


def test_b3sum_verifies_a_blob_where_it_is_installed(tmp_path):
    path = tmp_path / "blob"
    path.write_bytes(b"abc" * 1000)
    try:
        done = subprocess.run(["b3sum", "--no-names", path], capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("b3sum is not installed")
    assert f"blake3:{done.stdout.decode().strip()}" == digest_of(path.read_bytes())
