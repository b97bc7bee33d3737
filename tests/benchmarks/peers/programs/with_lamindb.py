"""LaminDB by its Python interface."""

import os
import shutil
import sqlite3

import lamindb as ln
from acts import act, reading, repeat_last_row, values, writer

# It would ask a server on the network whether it knows of this database.
ln.setup.settings.instance._is_on_hub = False
ln.settings.verbosity = "error"


def save(name, path):
    ln.Artifact(path, key=name + os.path.splitext(path)[1]).save()


def latest(key):
    return ln.Artifact.filter(key__startswith=key, is_latest=True).first()


def get(name, out):
    found = latest(name).cache()
    (shutil.copytree if found.is_dir() else shutil.copyfile)(found, out)


def list_(count):
    for found in ln.Artifact.filter().order_by("-id")[: int(count)]:
        print(found.uid, found.key, found.size, found.created_at)


def tag(name, version, label):
    found = ln.Artifact.get(uid=f"{name}{int(version):04}")
    found.ulabels.add(ln.ULabel(name=label).save())


def fill(count, artifacts):
    """Versions by SQL, from one that was saved: their bytes do not exist."""
    connection = sqlite3.connect(os.path.join("store", ".lamindb", "lamin.db"))
    (last,) = connection.execute("SELECT max(id) FROM lamindb_artifact").fetchone()
    names, total = int(artifacts), int(count) - 1
    repeat_last_row(
        connection,
        "lamindb_artifact",
        (
            {
                "id": last + 1 + i,
                "uid": f"dataset{i % names:09}{i // names:04}",
                "key": f"dataset_{i % names}.txt",
                "hash": f"hash{i:018}",
                "is_latest": int(i + names >= total),
            }
            for i in range(total)
        ),
    )


def save_value(name, value):
    if name == "frame":
        ln.Artifact.from_dataframe(value, key="frame.parquet").save()
    else:
        import numpy as np

        np.save("array.npy", value)
        save(name, "array.npy")


def load_value(name):
    import numpy as np

    return latest("frame").load() if name == "frame" else np.load(latest("array").cache())


act(
    save=save,
    get=get,
    list=list_,
    tag=tag,
    fill=fill,
    writer=writer(save),
    read=reading(lambda: sum(1 for found in ln.Artifact.filter() if found.uid)),
    values=values(save_value, load_value),
)
