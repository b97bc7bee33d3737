"""A home whose catalog and store are on servers, each behind a proxy that a test breaks."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.checker import check_catalog
from tests.commands import Result, environment, execute
from tests.kept import Bucket, Catalog, Files, Folder, Kept
from tests.servers import azure, postgres, s3, sftp
from tests.servers.proxy import Fault, Kind, Proxy, proxied

TIMEOUT_S = 3
# Beyond the time that a server may be silent: starting, working, and giving up in an orderly way.
SLACK_S = 12
SECRETS = (postgres.PASSWORD, s3.SECRET, sftp.PASSWORD, azure.KEY)
BIG = bytes(range(256)) * 5_000
RUN = """\
pipeline: training
steps:
  make:
    inputs: {data: seed}
    command: mkdir -p out; echo made > out/made
    outputs:
      made: {path: out/made}
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and after how long."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass
class Team:
    """A home in `folder`, and what its catalog and store are behind the proxies."""

    folder: Path
    catalog: Catalog
    kept: Kept
    to_catalog: Proxy | None
    to_store: Proxy | None
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def all_environ(self) -> dict[str, str]:
        return environment(self.home, **{"ARTIFACTCTL_CACHE": "0", **self.environ})

    def do(self, *words: object, timeout_s: float = TIMEOUT_S) -> Ended:
        """Run a command to its end."""
        start = time.monotonic()
        words = (*words, "--timeout", timeout_s)
        done: Result = execute(words, self.work, self.all_environ, timeout_s=120)
        return Ended(done.code, done.out, done.err, time.monotonic() - start)

    def ok(self, *words: object) -> Ended:
        done = self.do(*words, timeout_s=60)
        assert done.code == 0, f"{words}: exit code {done.code}: {done.err}"
        return done

    def check(self) -> list[dict[str, Any]]:
        """Assert every promise, without the proxies."""
        return check_catalog(self.catalog, self.kept)

    def heal(self) -> None:
        for proxy in (self.to_catalog, self.to_store):
            if proxy is not None:
                proxy.heal()

    def prepare(self) -> "Team":
        """Put something there for every command."""
        self.work.mkdir(parents=True)
        data = self.work / "data"
        (data / "inner").mkdir(parents=True)
        (data / "small").write_bytes(b"small")
        (data / "inner" / "big").write_bytes(BIG)
        (self.work / "new").mkdir()
        for number in range(4):
            (self.work / "new" / f"{number}").write_bytes(b"%d" % number * 3000)
        (self.work / "new" / "big").write_bytes(BIG[::-1])
        (self.work / "run.yaml").write_text(RUN)
        self.ok("register", "seed", "data")
        return self


Finished = Callable[[Team], None]


@dataclass(frozen=True)
class Operation:
    """A command, and what is true when it has succeeded, or was run again after a failure.

    `again` are the codes with which a second one may say that it was done already.
    """

    words: tuple[str, ...]
    finished: Finished
    before: tuple[tuple[str, ...], ...] = ()
    again: tuple[int, ...] = (0,)


def _versions(team: Team, name: str) -> list[str]:
    return [row["version"] for row in team.check() if row["name"] == name]


def _registered(team: Team) -> None:
    assert _versions(team, "new") == ["1"]
    team.ok("verify", "new")


def _downloaded(team: Team) -> None:
    assert (team.work / "copy" / "small").read_bytes() == b"small"
    assert (team.work / "copy" / "inner" / "big").read_bytes() == BIG


def _shown(word: str) -> Finished:
    def finished(team: Team) -> None:
        assert word in team.ok("artifact", "version", "describe", "seed", "-o", "json").out

    return finished


def _deleted(team: Team) -> None:
    assert _versions(team, "other") == []


def _ran(team: Team) -> None:
    assert _versions(team, "made") == ["1"]


OTHER = (("register", "other", "new/1"),)
OPERATIONS: Mapping[str, Operation] = {
    "register": Operation(("register", "new", "new", "--if-changed"), _registered),
    "tag": Operation(("tag", "seed", "good"), _shown('"good"')),
    "metadata": Operation(("metadata", "log", "seed", "loss=0.5"), _shown('"loss"')),
    "delete": Operation(
        ("artifact", "version", "delete", "other:1", "--yes"), _deleted, OTHER, again=(0, 3)
    ),
    "gc": Operation(
        ("gc", "--grace", "0"),
        lambda team: team.check() and None,
        (*OTHER, ("artifact", "delete", "other", "--yes")),
    ),
    "prune": Operation(
        ("artifact", "prune", "other", "--unused", "--yes"), _deleted, OTHER, again=(0, 3)
    ),
    "run": Operation(("run", "run.yaml"), _ran),
    "download": Operation(("download", "seed", "copy", "--force"), _downloaded),
    "verify": Operation(("verify",), lambda team: team.ok("verify") and None),
    "list": Operation(("artifact", "version", "list"), lambda _team: None),
}
# A run that fails still keeps its log and writes its record, each in a request of its own, which
# waits for a part of the time.
SILENCES = {"run": 2}
WRITING = ("register", "tag", "metadata", "delete", "gc", "prune", "run")


@dataclass(frozen=True)
class Breakage:
    """A fault of one server, and the codes with which a command may end."""

    name: str
    fault: Fault
    codes: tuple[int, ...] = (0, 10)
    only: tuple[str, ...] = ()


OF_CATALOG = (
    Breakage("refused", Fault(Kind.REFUSED), (10,)),
    Breakage("reset", Fault(Kind.RESET), (10,)),
    Breakage("silent from the start", Fault(Kind.SILENT), (10,)),
    Breakage("silent later", Fault(Kind.SILENT, 3000), (0, 10)),
    Breakage("cut", Fault(Kind.CUT, 1500), (0, 10)),
    Breakage("cut once", Fault(Kind.CUT, 1500, times=1), (0, 10)),
    Breakage("reset once", Fault(Kind.RESET, 2500, times=1), (0, 10)),
    Breakage("answer to COMMIT lost", Fault(Kind.UNANSWERED, times=1), (0, 10)),
    Breakage("every answer to COMMIT lost", Fault(Kind.UNANSWERED), (0, 10)),
    Breakage("slow", Fault(Kind.SLOW), (0,)),
)
OF_STORE = (
    Breakage("refused", Fault(Kind.REFUSED)),
    Breakage("reset", Fault(Kind.RESET)),
    Breakage("reset once", Fault(Kind.RESET, 200, times=1)),
    Breakage("cut in headers", Fault(Kind.CUT, 60)),
    Breakage("cut in headers once", Fault(Kind.CUT, 60, times=1)),
    Breakage("cut in a body", Fault(Kind.CUT, 200_000)),
    Breakage("cut in a body once", Fault(Kind.CUT, 200_000, times=1)),
    Breakage("flipped in a body once", Fault(Kind.FLIPPED, 200_000, times=1)),
    Breakage("silent from the start", Fault(Kind.SILENT)),
    Breakage("silent in a body", Fault(Kind.SILENT, 200_000)),
    Breakage("slow", Fault(Kind.SLOW), (0,)),
)
OF_OBJECTS = (
    Breakage("403", Fault(Kind.STATUS, status=403), (0, 11)),
    Breakage("503", Fault(Kind.STATUS, status=503)),
    Breakage("503 twice", Fault(Kind.STATUS, times=2), (0,)),
)


@dataclass(frozen=True)
class Judgement:
    """Of one try: how the broken command ended."""

    code: int
    seconds: float
    struck: int


def attempt(team: Team, proxy: Proxy, breakage: Breakage, name: str) -> Judgement:
    """Break a server, run a command, heal it, run the command again; assert every promise."""
    operation = OPERATIONS[name]
    for words in operation.before:
        team.ok(*words)
    proxy.break_with(breakage.fault)
    broken = team.do(*operation.words)
    struck = proxy.struck
    team.heal()
    judge(broken, breakage.codes, SILENCES.get(name, 1))
    team.check()
    if broken.code == 0:
        operation.finished(team)
    again = team.do(*operation.words, timeout_s=60)
    assert again.code in operation.again, f"again: {again}"
    operation.finished(team)
    return Judgement(broken.code, broken.seconds, struck)


def judge(ended: Ended, codes: tuple[int, ...], silences: int = 1) -> None:
    """Assert that a command ended in time, with one of these codes, in a line without secrets.

    `silences` is how often it may wait for a silent server, for as long as is allowed each time.
    """
    assert ended.code in codes, f"exit code {ended.code}: {ended.err}"
    assert ended.seconds < TIMEOUT_S * silences + SLACK_S, (
        f"it took {ended.seconds:.1f} s: {ended.err}"
    )
    said = ended.out + ended.err
    assert "Traceback" not in said
    assert not [secret for secret in SECRETS if secret in said]
    if ended.code:
        errors = [line for line in ended.err.splitlines() if line.startswith("artifactctl:")]
        assert len(errors) == 1, ended.err


@contextmanager
def team_of(
    folder: Path,
    server: "postgres.Server | None" = None,
    schema: str = "",
    store: "s3.S3Server | azure.AzureServer | sftp.SftpServer | None" = None,
) -> Iterator[Team]:
    """A home with a catalog on that server, else in SQLite, and a store on that, else here."""
    home, environ = folder / "home", dict[str, str]()
    catalog: Catalog = home / "catalog.db"
    kept: Kept = Folder(home / "store")
    with ExitStack() as stack:
        to_catalog = to_store = None
        if server is not None:
            to_catalog = stack.enter_context(proxied(server.port))
            catalog = server.url(schema)
            environ["ARTIFACTCTL_CATALOG"] = server.url(schema, port=to_catalog.port)
        if store is not None:
            to_store = stack.enter_context(proxied(store.port))
            prefix = folder.name
            environ["ARTIFACTCTL_STORE"] = store.url(prefix, port=to_store.port)
            environ |= {**s3.ENVIRON, **azure.ENVIRON}
            if isinstance(store, sftp.SftpServer):
                kept = Files(store.url(prefix))
            else:
                kept = Bucket(store.url(prefix), environ)
        yield Team(folder, catalog, kept, to_catalog, to_store, environ).prepare()
