"""MLflow: files are logged by a run, and a version of a registered model names them."""

import os
import shutil
import sqlite3

import mlflow
from acts import act, reading, repeat_last_row, values, writer
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

client = MlflowClient()


def save(name, path):
    with mlflow.start_run() as run:
        if os.path.isdir(path):
            mlflow.log_artifacts(path, name)
        else:
            mlflow.log_artifact(path, name)
    source, run_id = f"{run.info.artifact_uri}/{name}", run.info.run_id
    try:
        client.create_model_version(name, source, run_id)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        try:
            client.create_registered_model(name)
        except MlflowException as made:  # by another writer
            if made.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        client.create_model_version(name, source, run_id)


def latest(name):
    return max(int(v.version) for v in client.search_model_versions(f"name='{name}'"))


def get(name, out):
    mlflow.artifacts.download_artifacts(f"models:/{name}/{latest(name)}", dst_path=out)


def list_(count):
    for version in client.search_model_versions(max_results=int(count)):
        print(version.name, version.version, version.creation_timestamp, version.source)


def tag(name, version, key):
    client.set_model_version_tag(name, version, key, "yes")


def fill(count, artifacts):
    """Versions by SQL, from one that was saved: their bytes do not exist."""
    connection = sqlite3.connect(os.environ["MLFLOW_TRACKING_URI"].removeprefix("sqlite:///"))
    names = [f"dataset_{i}" for i in range(int(artifacts))]
    repeat_last_row(connection, "registered_models", ({"name": name} for name in names))
    repeat_last_row(
        connection,
        "model_versions",
        (
            {"name": names[i % len(names)], "version": i // len(names) + 1}
            for i in range(int(count) - 1)
        ),
    )


def all_versions():
    found, token = 0, None
    while True:
        answer = client.search_model_versions(max_results=10_000, page_token=token)
        found, token = found + len(answer), answer.token
        if not token:
            return found


def save_value(name, value):
    if name == "frame":
        value.to_parquet("frame.parquet")
        save(name, "frame.parquet")
    else:
        import numpy as np

        np.save("array.npy", value)
        save(name, "array.npy")


def load_value(name):
    import numpy as np
    import pandas as pd

    shutil.rmtree("loaded", ignore_errors=True)
    get(name, "loaded")
    path = next(os.path.join(at, f) for at, _, found in os.walk("loaded") for f in found)
    return pd.read_parquet(path) if name == "frame" else np.load(path)


act(
    save=save,
    get=get,
    list=list_,
    tag=tag,
    fill=fill,
    writer=writer(save),
    read=reading(all_versions),
    values=values(save_value, load_value),
)
