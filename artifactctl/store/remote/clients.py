"""obstore's clients of services: their settings, deadlines and tries."""

from datetime import timedelta
from typing import Any

from obstore.store import AzureStore, GCSStore, S3Store

from artifactctl.store.remote.credentials import aws_settings, azure_settings, gcs_settings
from artifactctl.store.remote.patience import SILENT
from artifactctl.store_url import StoreUrl

_CONNECT_S = 5.0
_MOST_TRIES = 5


def make_client(url: StoreUrl, timeout_s: float) -> S3Store | GCSStore | AzureStore:
    """The client of a bucket or container; nothing is requested yet."""
    settings = {"s3": aws_settings, "gs": gcs_settings, "az": azure_settings}[url.scheme](url)
    make: Any = {"s3": S3Store, "gs": GCSStore, "az": AzureStore}[url.scheme]
    is_plain = settings.endpoint.startswith("http://")
    return make(  # type: ignore[no-any-return]
        url.place,
        config=settings.config,
        client_options={
            "allow_http": is_plain,
            "connect_timeout": timedelta(seconds=min(_CONNECT_S, timeout_s)),
            "read_timeout": timedelta(seconds=timeout_s),
            # Its own limit of 30 s counts the whole body of a big file.
            "timeout": timedelta(days=1),
        },
        retry_config={
            "max_retries": _MOST_TRIES,
            # Less than `read_timeout`: a request that got no answer for so long is not repeated.
            "retry_timeout": timedelta(seconds=SILENT * timeout_s),
        },
    )
