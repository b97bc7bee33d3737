"""The stage of the sweeps: a user's own home, found from the working directory, and what lies by.

```
ROOT/project/.artifactctl   the home: every kind of row, record and file is in it
ROOT/project/here           the working directory; results go to `out` in it
ROOT/given                  the user's files that are read
ROOT/victim                 what nobody asked to have touched
ROOT/tmp, ROOT/data         temporary files; the user's data folder
```

Whatever is done to the home, a command ends in time with a code of the contract, and changes
nothing outside of the home, the results, temporary files and the data folder.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artifactctl.client import Client
from artifactctl.errors import ArtifactctlError
from tests.commands import Result, execute
from tests.security.cells import add_passing_rows
from tests.security.every_command import Example
from tests.security.test_hostile_files import RAW
from tests.security.watching import Call, TimedOutError, watch

_RUN = """\
pipeline: training
run: first
tags: [nightly]
metadata: {plan: {depth: 2, place: here}, seed: 7}
steps:
  report:
    inputs: {data: file}
    command: echo done; mkdir -p out; cp "$ARTIFACTCTL_INPUT_DATA" out/report
    outputs:
      report: {path: out/report, tags: [made]}
"""
_AGAIN = _RUN.replace("run: first", "run: again-{date}-{time}").replace("echo done", "echo again")
_PYTHON = """\
from typing import Annotated
from artifactctl import log_metadata, pipeline, step

@step
def count() -> Annotated[int, "counted"]:
    log_metadata({"loss": 0.5, "nested": {"rate": 0.1, "name": "adam"}, "place": "here"})
    print("counting")
    return 3

@pipeline
def counting() -> None:
    count()
"""
# Names that files of a store have: what a sweep of the wrong folder takes for its own.
BAITS = [
    *("inside", "0123456789abcdef-1", "0123456789abcdef-lock", "0123456789abcdef-work/kept"),
    *("00000000-0000-4000-8000-000000000000.json", "a" * 64, "a" * 64 + ".json"),
    *("aa/" + "a" * 64, "aa/" + "a" * 64 + ".json", "catalog.db", "format.json"),
]


@dataclass
class Stage:
    """Where a sweep takes place; `known` are the IDs of what is in the home."""

    root: Path
    known: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.root / "project" / ".artifactctl"

    @property
    def work(self) -> Path:
        return self.root / "project" / "here"

    @property
    def victim(self) -> Path:
        return self.root / "victim"

    def environment(self, **extra: str) -> dict[str, str]:
        """A process environment in which the home is found by walking up."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "user"),
            "TMPDIR": str(self.root / "tmp"),
            "XDG_DATA_HOME": str(self.root / "data"),
            **extra,
        }

    def execute(self, *words: object, **extra: str) -> Result:
        """Have a command run that nobody watches."""
        return execute(words, self.work, self.environment(**extra))

    def play(
        self, example: Example, as_user: tuple[str, ...] = (), may_open: str = "", **extra: str
    ) -> "Scene":
        """Have a command run and watch it; `may_open`: a file that settings say is the catalog."""
        if example.completes:
            extra["_ARTIFACTCTL_COMPLETE"] = "bash"
        before = tree_of(self.root / "victim", self.root / "given")
        words = example.filled({**self.known, "given": str(self.root / "given")})
        try:
            done = watch(words, self.work, self.environment(**extra), as_user=as_user)
        except TimedOutError as error:
            return Scene(example, problems=[str(error)])
        scene = Scene(example, done.result, done.calls)
        if tree_of(self.root / "victim", self.root / "given") != before:
            scene.problems.append("what lies beside the home has changed")
        calls = [call for call in done.calls if (call.name, call.path) != ("openat", may_open)]
        scene.problems.extend(self._astray(example, calls))
        scene.problems.extend(_badly_shown(example, done.result))
        return scene

    def _astray(self, example: Example, calls: list[Call]) -> Iterator[str]:
        places = [self.home, self.work, self.root / "tmp", self.root / "data"]
        allowed = tuple(os.path.join(os.path.realpath(place), "") for place in places)
        for call in calls:
            if call.name == "connect":
                continue
            if call.name == "execve":
                if not example.starts_programs:
                    yield f"it starts {call.path}"
            elif not f"{call.path}/".startswith(allowed) and not self._is_harmless(call.path):
                yield f"it goes astray: {call}"

    def _is_harmless(self, path: str) -> bool:
        """Nobody's files: SQLite chose its temporary folder before the command was forked."""
        nobodys = ("/dev/null", "/dev/tty", "/dev/pts/", "/var/tmp/etilqs_", "/tmp/etilqs_")
        return path.startswith(nobodys) or (
            "/__pycache__" in path and not path.startswith(str(self.root))
        )

    def reset(self) -> None:
        """Have everything be as it was when the stage was set."""
        for name in ("project", "data", "tmp", "victim"):
            _remove(self.root / name)
            copy_tree(self.root / "kept" / name, self.root / name)

    def clear_work(self) -> None:
        """Remove what commands left in the working directory; whoever owns it can write there."""
        kept = {path.name for path in (self.root / "kept" / "project" / "here").iterdir()}
        for path in self.work.iterdir():
            if path.name not in kept or path.name == "out":
                _remove(path)
        out, owner = self.work / "out", self.work.stat()
        copy_tree(self.root / "kept" / "project" / "here" / "out", out)
        for path in (out, *out.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)

    def keep(self) -> None:
        """Have `reset` bring back what is there now."""
        for name in ("project", "data", "tmp", "victim"):
            _remove(self.root / "kept" / name)
            copy_tree(self.root / name, self.root / "kept" / name)


@dataclass
class Scene:
    """What a command did; `problems` break the promise."""

    example: Example
    result: Result = field(default_factory=lambda: Result(-1, "", ""))
    calls: list[Call] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def changed(self, *places: Path) -> list[str]:
        """What the command did in folders; a file that is only opened for writing counts."""
        below = tuple(f"{os.path.realpath(place)}/" for place in places)
        return [str(call) for call in self.calls if f"{call.path}/".startswith(below)]

    def expect(self, *codes: int) -> "Scene":
        """Note it when the exit code is none of these."""
        if self.result.code not in codes and self.result.code != -1:
            self.problems.append(f"exit code {self.result.code}: {self.result.err.strip()}")
        return self

    def told(self, about: str) -> list[str]:
        """The problems, each with what was done and to what."""
        return [f"{about}: artifactctl {self.example}: {problem}" for problem in self.problems]


def contract_codes() -> set[int]:
    """The exit codes of the table, but for that of a bug."""
    found, ahead = {0, 1}, [ArtifactctlError]
    while ahead:
        kind = ahead.pop()
        ahead.extend(kind.__subclasses__())
        found.add(kind.exit_code)
    return found - {ArtifactctlError.exit_code}


CODES = contract_codes()


def _badly_shown(example: Example, result: Result) -> Iterator[str]:
    if result.code not in CODES:
        yield f"exit code {result.code}: {result.err.strip()[-300:]}"
    shown = result.out + result.err
    if "Traceback" in shown:
        yield "it shows a traceback"
    if RAW.search(shown.replace("\t", " ")) and "-" not in example.words:
        yield f"it prints {RAW.search(shown)} as it is"
    if example.is_json:
        try:
            json.loads(result.out or "null")
            if result.code > 1 and not result.out:
                json.loads(result.err.splitlines()[-1])
        except ValueError:
            yield f"its JSON is none: {(result.out or result.err)[-300:]!r}"


def set_stage(root: Path) -> Stage:
    """Make the home and everything beside it, in an empty folder."""
    stage = Stage(root)
    for name in ("project/here/out", "given/folder/below", "victim/folder", "user", "data", "tmp"):
        (root / name).mkdir(parents=True)
    _write_files(stage)
    _fill(stage)
    stage.known = known_ids(stage.home / "catalog.db")
    for name in ("backup.db", "bundle.zip"):
        shutil.copy(root / "project/here/out" / name, root / "given" / name)
    (stage.work / "out/team").rename(stage.work / "team")
    _remove(stage.work / "out")
    (stage.work / "out").mkdir()
    (stage.work / "team").rename(stage.work / "out/team")
    stage.keep()
    return stage


def _write_files(stage: Stage) -> None:
    for name in ("file", "folder/one", "folder/below/two", "linked"):
        (stage.root / "given" / name).write_text(f"{name}\n")
    for name in ("file", "package.json", *(f"folder/{bait}" for bait in BAITS)):
        path = stage.victim / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'{{"precious": "{name}"}}\n')
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (stage.work / "run.yaml").write_text(_AGAIN)
    (stage.work / "first.yaml").write_text(_RUN)
    (stage.work / "forgotten.yaml").write_text(_RUN.replace("first", "forgotten"))
    (stage.work / "counting.py").write_text(_PYTHON)
    (stage.work / "python.yaml").write_text("pipeline: counting:counting\nrun: c-{date}-{time}\n")


def _fill(stage: Stage) -> None:
    given, home = str(stage.root / "given"), {"ARTIFACTCTL_HOME": str(stage.home)}
    for line in (
        f"register files {given}/folder -t prod --metadata accuracy=0.9",
        f'register files {given}/folder -v raw -t prod --metadata place={{"at":"here","n":1}}',
        f"register file {given}/file -t prod --metadata place=here",
        f"register file {given}/file --input files:1",
        "tag files team --artifact",
        "tag files:1 alone --exclusive",
        f"register linked {given}/linked --link",
        f"register other {given}/folder/one",
        f"register gone {given}/file",
        f"register old {given}/file",
        f"register old {given}/folder/one",
        "artifact delete gone --yes",
        "artifact version delete old:1 --yes",
        f"register emptied {given}/file",
        "artifact prune emptied --only-artifact --yes",
        "run first.yaml",
        "run python.yaml --no-cache",
        "run run.yaml",
        "metadata log run:first curve=0.5 --step 1",
        "metadata log file curve=1.5 --step 2",
        "artifact update files --description described",
        "artifact version update files:1 --description described",
        "runs update first --description described",
        "run forgotten.yaml",
        "runs delete forgotten --yes --force",
        "tags create kept --color red",
        "tags create dropped",
        "tags delete dropped --yes",
    ):
        stage.execute(*line.split(), **home).ok()
    with closing(Client(stage.home)) as client:
        client.tag_pipeline("training", ["weekly"])
    add_passing_rows(stage.home / "catalog.db")
    stage.execute("catalog", "backup", "out/backup.db", **home).ok()
    stage.execute("init", "out/team", ARTIFACTCTL_HOME="").ok()
    theirs = {"ARTIFACTCTL_HOME": str(stage.work / "out/team/.artifactctl")}
    stage.execute("register", "theirs", f"{given}/file", "-t", "team", **theirs).ok()
    stage.execute("export", "theirs", "out/bundle.zip", **theirs).ok()


def known_ids(catalog: Path) -> dict[str, str]:
    """The IDs that examples name."""
    asked = {
        "x": "SELECT id FROM artifact_version WHERE seq = (SELECT max(v.seq) FROM artifact_version"
        " v JOIN artifact a ON a.seq = v.artifact_seq WHERE a.name = 'file')",
        "folder": "SELECT v.id FROM artifact_version v JOIN artifact a ON a.seq = v.artifact_seq"
        " WHERE a.name = 'files' AND v.version = '1'",
        "file_artifact": "SELECT id FROM artifact WHERE name = 'file'",
        "run": "SELECT id FROM run WHERE name = 'first'",
        "python_run": "SELECT id FROM run WHERE pipeline LIKE '%counting'",
    }
    with closing(sqlite3.connect(catalog)) as connection:
        return {key: connection.execute(sql).fetchone()[0] for key, sql in asked.items()}


def tree_of(*folders: Path) -> dict[str, tuple[Any, ...]]:
    """Everything in folders, but for the times of reading."""
    found: dict[str, tuple[Any, ...]] = {}
    for folder in folders:
        for path in (folder, *sorted(folder.rglob("*"))):
            info = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path)] = (info.st_mode, info.st_uid, info.st_ino, info.st_mtime_ns, content)
    return found


def assert_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Fail with the paths of which something has changed."""
    paths = sorted(before.keys() | after.keys())
    changed = [path for path in paths if before.get(path) != after.get(path)]
    assert not changed, f"changed: {changed}"


def copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def damage(stage: Stage) -> None:
    """Have one byte of `other` be another one."""
    blob = next(path for path in (stage.home / "store" / "blobs").glob("*/*")
                if path.read_bytes() == b"folder/one\n")  # fmt: skip
    blob.chmod(0o644)
    blob.write_bytes(b"folder/two\n")
    blob.chmod(0o444)


def content_of(home: Path) -> dict[str, bytes]:
    """What is in the files of a home, but for temporary ones."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.parent.name != "tmp"
    }


def assert_none(problems: Iterable[str]) -> None:
    """Fail with the problems, one a line, as far as anybody reads."""
    found = [problem if len(problem) < 600 else f"{problem[:500]} … {problem[-90:]}"
             for problem in problems]  # fmt: skip
    assert not found, "\n".join([f"{len(found)} problems", *found[:60]])
