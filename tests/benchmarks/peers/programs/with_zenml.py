"""ZenML by its Python interface: files as `Path`, which it has a materializer for."""

import datetime
import glob
import os
import shutil
import sqlite3
import uuid
from pathlib import Path

from acts import act, reading, repeat_last_row, values, writer
from zenml import load_artifact, save_artifact
from zenml.client import Client


def save(name, path):
    save_artifact(Path(path), name)


def get(name, out):
    shutil.move(load_artifact(name), out)


def zip_(name, out):
    Client().get_artifact_version(name).download_files(out)


def fill(count, artifacts):
    """Versions by SQL, from one that was saved: their bytes do not exist."""
    (path,) = glob.glob(
        os.path.join(os.environ["ZENML_CONFIG_PATH"], "**/zenml.db"), recursive=True
    )
    connection = sqlite3.connect(path)
    names = [(uuid.uuid4().hex, f"dataset_{i}") for i in range(int(artifacts))]
    repeat_last_row(connection, "artifact", ({"id": key, "name": name} for key, name in names))
    began = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 (it keeps UTC without saying so)
    repeat_last_row(
        connection,
        "artifact_version",
        (
            {
                "id": uuid.uuid4().hex,
                "created": str(began + datetime.timedelta(seconds=i)),
                "version": str(i // len(names) + 1),
                "version_number": i // len(names) + 1,
                "artifact_id": names[i % len(names)][0],
            }
            for i in range(int(count) - 1)
        ),
    )


def all_versions():
    client, found, page = Client(), 0, 1
    while True:
        answer = client.list_artifact_versions(size=1000, page=page)
        found += sum(1 for version in answer.items if version.version)
        if page >= answer.total_pages:
            return found
        page += 1


act(
    save=save,
    get=get,
    zip=zip_,
    fill=fill,
    writer=writer(save),
    read=reading(all_versions),
    values=values(lambda name, value: save_artifact(value, name), load_artifact),
)
