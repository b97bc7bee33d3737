"""A URL that is stored or shown has no secrets, and leads to the same place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.url_text import url_in_store, without_secrets


@given(
    st.sampled_from(["s3", "https", "postgresql+psycopg", "az"]),
    st.text("abcXYZ019-._~!$&'()*+,;=:@%", min_size=1),
)
def test_no_password_survives_in_a_url_that_is_shown(scheme: str, secret: str):
    shown = without_secrets(f"{scheme}://user:{secret}<@host/path?token={secret}<")
    assert f"{secret}<" not in shown
    assert shown == f"{scheme}://user:***@host/path?***"


@pytest.mark.parametrize(
    "url", ["file:///data/a@b", "sqlite:////x/y.db", "/plain?path", "s3://b/k", "file:///a?b/c"]
)
def test_a_url_without_secrets_is_shown_as_it_is(url: str):
    assert without_secrets(url) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/x#geheim", "https://h/x#***"),
        ("https://h/x?a#geheim", "https://h/x?***"),
        ("https://user%3Ageheim@h/x", "https://user:***@h/x"),
        ("https://user:geheim%40h/x", "https://user:***%40h/x"),
        ("HTTPS://user:geheim@h/x", "HTTPS://user:***@h/x"),
        ("https://h/user:geheim@g/x@y", "https://h/user:***@g/x@y"),
        ("https:///:geheim@h", "https:///:***@h"),
        ("zip://a::https://u:geheim@h/x?geheim", "zip://a::https://u:***@h/x?***"),
        ("simplecache::https://geheim@h/x", "simplecache::https://***@h/x"),
        ("abfs://box@account.dfs.core.windows.net/x", "abfs://box@account.dfs.core.windows.net/x"),
        ("abfs://box:geheim@account/x", "abfs://box:***@account/x"),
    ],
)
def test_a_secret_is_hidden_wherever_in_a_url_it_stands(url: str, shown: str):
    assert without_secrets(url) == shown


def test_a_password_with_a_slash_is_not_shown():
    assert without_secrets("postgresql://u:hunter/2@h/d") == "postgresql://u:***@h/d"


@pytest.mark.parametrize(
    ("store", "url"),
    [
        ("file:///a b/s", "file:///a%20b/s/blobs/ab/abcd"),
        ("s3://bucket/ml", "s3://bucket/ml/blobs/ab/abcd"),
        ("s3://bucket/ml/?endpoint=http://h&token=hunter2", "s3://bucket/ml/blobs/ab/abcd"),
        ("sftp://me:hunter2@host/s", "sftp://me:***@host/s/blobs/ab/abcd"),
    ],
)
def test_what_a_store_has_is_named_by_a_url_without_secrets_and_parameters(store: str, url: str):
    assert url_in_store(store, "blobs/ab/abcd") == url
