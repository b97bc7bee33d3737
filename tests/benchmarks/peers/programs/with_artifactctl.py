"""artifactctl by its Python interface."""

from acts import act, reading, values, writer

from artifactctl import Client, load_artifact, save_artifact


def all_versions():
    client = Client()
    return sum(1 for version in client.list_artifact_versions(size=0) if version.version)


client = Client()
act(
    writer=writer(client.register),
    read=reading(all_versions),
    values=values(lambda name, value: save_artifact(value, name), load_artifact),
)
