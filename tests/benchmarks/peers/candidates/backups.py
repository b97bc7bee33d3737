"""restic and borg: programs for backups, which keep files by their content as well."""

from pathlib import Path

from tests.benchmarks.peers.candidate import Candidate, Place, Step, every

_VALUES = "it saves files only"


def restic(command: Path, version: str) -> Candidate:
    """A snapshot is a version, a tag its name; it encrypts and compresses as it does by itself."""

    def backup(name: str) -> Step:
        return Step((str(command), "backup", "--quiet", "--tag", name, name), from_inputs=True)

    def restore(place: Place, name: str) -> Step:
        words = (str(command), "restore", "--quiet", "latest", "--tag", name)
        return Step((*words, "--target", str(place.out)), result=place.out / name)

    def zipped(place: Place, name: str) -> Step:
        words = f"{command} dump --quiet --archive zip --tag {name} latest / > {place.out}.zip"
        return Step(("sh", "-c", words))

    def writer(place: Place) -> Step:
        folder = f"{place.state}/writer-{{n}}"
        save = f"echo {{n}} $i > one.txt; {command} backup --quiet --tag one one.txt"
        numbers = " ".join(map(str, range(place.sizes.saves)))
        words = (
            f"mkdir -p {folder}; cd {folder}; failed=0; for i in {numbers}; "
            f'do {save} || failed=$((failed + 1)); done; echo "{{\\"failed\\": $failed}}"'
        )
        return Step(("sh", "-c", words), at_once=place.sizes.writers)

    return Candidate(
        name="restic",
        title="restic",
        version=version,
        environ=lambda state: {
            "RESTIC_REPOSITORY": str(state / "repository"),
            "RESTIC_PASSWORD": "benchmark",
        },
        begin=lambda _: [(str(command), "init", "--quiet")],
        fill=lambda place: [(str(command), "backup", "--quiet", str(place.inputs / "one.txt"))],
        steps={
            "help": lambda _: Step((str(command), "--help")),
            "tag": lambda place: Step(
                (str(command), "tag", "--quiet", "--add", f"tag{place.turn}", "latest")
            ),
            "writers": writer,
            "save-big": lambda _: backup("big"),
            "get-big": lambda place: restore(place, "big"),
            "zip-big": lambda place: zipped(place, "big"),
            "save-many": lambda _: backup("many"),
            "again-many": lambda _: backup("many"),
            "get-many": lambda place: restore(place, "many"),
            "zip-many": lambda place: zipped(place, "many"),
        },
        cannot={
            "list": "10,000 snapshots take hours to make",
            "read": "it has no Python interface",
            "values": _VALUES,
        },
        remarks={
            "tag": "the only snapshot of its repository",
            **every("save-big save-many", "encrypted"),
        },
    )


def borg(command: Path, version: str) -> Candidate:
    """An archive is a version, its name has a number; without encryption, which it allows."""

    def create(name: str, number: int) -> Step:
        return Step((str(command), "create", f"::{name}-{number}", name), from_inputs=True)

    def extract(place: Place, name: str, number: int) -> Step:
        words = f"mkdir {place.out} && cd {place.out} && {command} extract ::{name}-{number}"
        return Step(("sh", "-c", words), result=place.out / name)

    tags = "its archives have no tags"
    return Candidate(
        name="borg",
        title="borg",
        version=version,
        environ=lambda state: {
            "BORG_REPO": str(state / "repository"),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
        },
        begin=lambda _: [(str(command), "init", "--encryption", "none")],
        steps={
            "help": lambda _: Step((str(command), "--help")),
            "save-big": lambda _: create("big", 1),
            "get-big": lambda place: extract(place, "big", 1),
            "save-many": lambda _: create("many", 1),
            "again-many": lambda _: create("many", 2),
            "get-many": lambda place: extract(place, "many", 2),
        },
        cannot={
            "list": "10,000 archives take hours to make",
            "tag": tags,
            "read": "it has no Python interface",
            "values": _VALUES,
            "writers": "each archive has a name of its own, and one writer holds the repository",
            **every("zip-big zip-many", "it writes no zip, only tar"),
        },
        remarks=every("save-big save-many", "not encrypted"),
    )
