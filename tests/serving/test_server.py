"""The server of `ui`: it answers who has its address, and refuses everything else."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import urlopen

import pytest

from artifactctl.client import Client, UiServer
from artifactctl.serving import server as serving
from artifactctl.verbs.points import log_to_run, log_to_step
from tests.recorded import Did, make, record
from tests.servers.s3 import ENVIRON, S3Server

Ask = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def served(client: Client, work) -> Iterator[UiServer]:
    for name in ("raw", "raw", "other"):
        make(client, name, tags=["t"], metadata={"n": 1.5})
    record(client, "nightly", Did("train", {"data": "raw"}, ["model"], metadata={"loss": 0.5}))
    made = client.ui()
    thread = threading.Thread(target=made.serve, daemon=True)
    thread.start()
    yield made
    made.close()
    thread.join()


@pytest.fixture
def ask(served: UiServer) -> Ask:
    """`ask("rows", {"table": "runs"})`: status, headers and content of the answer."""
    address = urlsplit(served.url)

    def send(
        name: str = "",
        query: dict[str, Any] | None = None,
        *,
        method: str = "GET",
        path: str | None = None,
        **headers: str,
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        whole = address.path + name + (f"?{urlencode(query)}" if query else "")
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request(method, whole if path is None else path, headers=named)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    return send


def answer(ask: Ask, name_: str, /, **query: Any) -> Any:
    status, headers, content = ask(name_, query)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    return json.loads(content)


def test_the_page_and_its_rows_are_answered_and_may_load_nothing_else(ask: Ask) -> None:
    status, headers, content = ask()
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"connect-src 'self'" in content
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert {"Access-Control-Allow-Origin", "Set-Cookie", "Date"} & set(headers) <= {"Date"}
    assert headers["Cache-Control"] == "no-store"
    assert answer(ask, "about")["count"] == {"artifacts": 3, "versions": 4, "runs": 1}
    found = answer(ask, "rows", table="versions", size=2, page=2)
    assert (found["total"], [row["ref"] for row in found["rows"]]) == (4, ["raw:2", "raw:1"])


def test_questions_are_answered_as_the_file_answers_them(ask: Ask) -> None:
    def refs(**query: Any) -> list[str]:
        return [row["ref"] for row in answer(ask, "rows", table="versions", **query)["rows"]]

    def terms(*terms: tuple[str | None, str | None, str, bool]) -> str:
        names = ("field", "sign", "value", "isNot")
        return json.dumps([dict(zip(names, term, strict=True)) for term in terms])

    assert refs(terms=terms((None, None, "raw", False))) == ["raw:2", "raw:1"]
    assert refs(terms=terms((None, None, "raw", True), ("tag", "=", "t", False))) == ["other:1"]
    assert refs(terms=terms(("metadata.n", ">", "1", False)), sort="artifact:up")[0] == "other:1"
    assert refs(terms=terms(("run", "=", "nightly", False))) == ["model:1"]
    assert answer(ask, "rows", terms="[{]") == {"error": "the question is not understood"}
    assert "error" in answer(ask, "rows", terms=terms(("nonsense", "=", "x", False)))


def found(ask: Ask, table: str, *words: str, **query: Any) -> list[str]:
    """What the table has of rows with these words; a word with `-` must not be there."""
    terms = [
        {"field": None, "sign": None, "value": word.lstrip("-"), "isNot": word[0] == "-"}
        for word in words
    ]
    rows = answer(ask, "rows", table=table, terms=json.dumps(terms), **query)["rows"]
    return [row["ref"] if table == "versions" else row["name"] for row in rows]


def test_words_are_looked_for_wherever_a_search_looks(ask: Ask, client: Client, work: Path) -> None:
    told = {"deep": {"maker": "Zoë"}, "100%_sure": True}
    make(client, "told", tags=["shiny"], metadata=told)
    client.update_artifact_version("told", description="made by hand")
    client.update_artifact("told", description="all that was told")
    for word in ("shiny", "SHINY", "hand", "zoë", "maker", "100%_sure", "told"):
        assert found(ask, "versions", word) == ["told:1"], word
    assert found(ask, "versions", "shiny", "hand", "data") == ["told:1"]
    assert found(ask, "versions", "1%_s") == []
    assert found(ask, "versions", "nightly") == ["model:1"], "the run that made it"
    assert found(ask, "versions", "train") == ["model:1"], "and the step"
    assert found(ask, "versions", "-shiny", "-raw", "-other") == ["model:1"]
    assert found(ask, "artifacts", "that was") == ["told"]
    assert found(ask, "runs", "loss") == found(ask, "runs", "0.5") == ["nightly"]
    assert found(ask, "runs", "loss", "-completed") == []
    assert answer(ask, "rows", terms='[{"field":null,"value":"\\u0000"}]')["error"]
    too_many = json.dumps([{"field": None, "value": "x"}] * 21)
    assert answer(ask, "rows", terms=too_many)["error"].startswith("a search has at most")


def test_series_are_answered_thinned_with_their_extremes(ask: Ask, client: Client) -> None:
    run = client.get_pipeline_run("nightly")
    step = run.steps["train"].id_text
    losses = [1.0, *[0.5] * 5000, 0.25]
    log_to_step(client.home, step, {"loss": losses}, list(range(len(losses))))
    log_to_run(client.home, run.id_text, {"rate": [0.1]}, [7])
    told = answer(ask, "one", kind="run", name=str(run.id))
    assert told["curves"][0] | {"key": "rate", "steps": [7], "values": [0.1]} == told["curves"][0]
    (curve,) = told["parts"][0]["curves"]
    assert (curve["count"], curve["last"], curve["goal"]) == (5002, 0.25, "minimize")
    assert len(curve["steps"]) <= 400
    assert (curve["values"][0], curve["values"][-1]) == (1, 0.25)
    (row,) = answer(ask, "rows", table="runs", sort="metadata.loss.min:up")["rows"]
    assert (row["metadata"]["loss"], row["extremes"]["loss.max"]) == (0.25, 1)


def test_files_previews_and_sizes_are_answered(ask: Ask, client: Client, work: Path) -> None:
    (work / "rows.csv").write_text("a,b\n1,2\n")
    (work / "note.html").write_text("<b>note</b>")
    client.register("held", ["rows.csv", "note.html"])
    told = answer(ask, "held", name="held:1")
    assert [file["path"] for file in told["files"]] == ["note.html", "rows.csv"]
    by_name = {item["name"]: item for item in told["previews"]}
    assert by_name["rows.csv"]["table"] == [["a", "b"], ["1", "2"]]
    assert by_name["note.html"]["html"] == "<b>note</b>"
    assert answer(ask, "one", kind="artifact", name="held")["size"] == 19
    assert answer(ask, "one", kind="artifact", name="raw")["size"] == sum(
        version.size_bytes for version in client.list_artifact_versions(artifact="raw")
    )
    assert answer(ask, "held", name="none:1") is None
    blob = next(client.settings.home_path.glob("store/manifests/*/*"))
    kept = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(b"{}")
    problems = [answer(ask, "held", name=ref).get("problem") for ref in ("held:1", "raw:1")]
    blob.write_bytes(kept)
    blob.chmod(0o444)
    assert all(problem is None or "manifest" in problem for problem in problems)


def test_details_and_lineage_are_answered(ask: Ask) -> None:
    model = answer(ask, "one", kind="version", name="model:1")
    assert [near["ref"] for near in model["madeFrom"]] == ["raw:2"]
    run = answer(ask, "one", kind="run", name=model["run"]["id"])
    assert run["parts"][0]["outputs"] == [{"ref": "model:1", "isHere": True}]
    assert answer(ask, "one", kind="artifact", name="raw")["recent"][0]["ref"] == "raw:2"
    assert answer(ask, "one", kind="version", name="none:1") is None
    drawn = answer(ask, "graph", kind="version", name="model:1")
    assert sorted(node["ref"] for node in drawn["nodes"]) == ["model:1", "raw:2"]


def test_what_is_made_from_what_and_comparisons_are_answered(ask: Ask) -> None:
    flow = answer(ask, "flow")
    assert flow["passes"] == [
        ["training", "train", "input", "raw"],
        ["training", "train", "output", "model"],
    ]
    assert (flow["versions"], flow["isPart"]) == ({"model": 1, "raw": 2}, False)

    ids = [row["id"] for row in (answer(ask, "one", kind="version", name=f"raw:{n}") for n in "12")]
    status, headers, content = ask("comparison", {"of": ",".join(ids)})
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"raw:1" in content
    assert ask("comparison", {"of": f"{ids[0]},run:none"})[0] == 404
    assert ask("comparison")[0] == 404


def test_a_catalog_on_a_server_is_served_the_same(
    work: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url)
    client = Client(work / "team")
    record(client, "nightly", Did("train", {"data": make(client, "raw").ref}, ["model"]))
    served = client.ui()
    thread = threading.Thread(target=served.serve, daemon=True)
    thread.start()
    step = client.get_pipeline_run("nightly").steps["train"].id_text
    log_to_step(client.home, step, {"loss": [3, 1, 2]}, [1, 2, 3])
    words = quote('[{"field":null,"value":"LOSS"},{"field":null,"value":"x","isNot":true}]')
    names = ("about", "change", "rows?table=versions&terms=[]&sort=size:down", "flow")
    of_artifact = ("one?kind=artifact&name=model", "held?name=model:1")
    for name in (*names, *of_artifact, f"rows?table=runs&terms={words}"):
        with urlopen(served.url + name, timeout=60) as found:
            assert "error" not in json.load(found)
    for hostile in ("%00", "%EF%BF%BF", "%27;--", "%5B"):
        for name in ("one?kind=run&name=", "held?name=", "rows?artifact=", "rows?tag="):
            with urlopen(f"{served.url}{name}{hostile}", timeout=60) as found:
                assert found.status == 200
    with urlopen(f"{served.url}graph?kind=version&name=model:1", timeout=60) as found:
        assert len(json.load(found)["nodes"]) == 2
    with urlopen(f"{served.url}rows?table=runs&terms={words}", timeout=60) as found:
        (row,) = json.load(found)["rows"]
        assert (row["metadata"]["loss"], row["extremes"]["loss.min"]) == (2, 1)
    served.close()
    thread.join()
    client.close()


def test_a_home_on_servers_is_served_with_what_its_store_has(
    work: Path, postgres_url: str, rclone_s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**ENVIRON, "ARTIFACTCTL_CATALOG": postgres_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ARTIFACTCTL_STORE", rclone_s3.url("served"))
    client = Client(work / "team")
    (work / "rows.csv").write_text("a\n1\n")
    client.register("rows", "rows.csv")
    served = client.ui()
    thread = threading.Thread(target=served.serve, daemon=True)
    thread.start()
    with urlopen(f"{served.url}held?name=rows:1", timeout=60) as found:
        held = json.load(found)
    assert held["previews"][0]["table"] == [["a"], ["1"]]
    assert held["files"] == [{"path": "rows.csv", "size_bytes": 4}]
    with urlopen(f"{served.url}one?kind=version&name=rows:1", timeout=60) as found:
        assert json.load(found)["isHeld"]
    served.close()
    thread.join()
    client.close()


def test_a_change_by_others_is_told(ask: Ask, client: Client, work) -> None:
    before = answer(ask, "change")
    assert answer(ask, "change") == before
    other = Client(client.settings.home_path)
    make(other, "raw")
    other.close()
    assert answer(ask, "change") != before


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 404),
        ("/wrong-token/", {}, 404),
        ("/wrong-token/about", {}, 404),
        ("/../../etc/passwd", {}, 404),
        ("//evil/{token}/", {}, 404),
        ("{token}../../../../etc/passwd", {}, 404),
        ("{token}%2e%2e/about", {}, 404),
        ("{token}about/more", {}, 404),
        ("{token}__class__", {}, 404),
        ("{token}about?" + "x" * 9000, {}, 404),
        ("{token}about", {"Host": "evil.example"}, 421),
        ("{token}about", {"Host": "127.0.0.1"}, 421),
        ("{token}", {"Host": "127.0.0.1.evil.example:80"}, 421),
        ("{token}about", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("{token}about", {"X": "y" * 70_000}, 431),
        ("{token}" + "z" * 70_000, {}, 414),
    ],
)
def test_hostile_requests_get_nothing(
    ask: Ask, served: UiServer, path: str, headers: dict[str, str], status: int
) -> None:
    whole = path.replace("{token}", urlsplit(served.url).path)
    found, _, content = ask(path=whole, **headers)
    assert found == status
    assert len(content) < 60
    assert b"count" not in content


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("GET {token}about HTTP/1.1", 200),
        ("GET http://127.0.0.1:{port}{token}about HTTP/1.1", 404),
        ("GET http://[ HTTP/1.1", 404),
        ("GET * HTTP/1.1", 404),
        ("GET about HTTP/1.1", 404),
        ("GET {token}about#x HTTP/1.1", 404),
        ("GET {token}about HTTP/1.1\r\nHost: 127.0.0.1:{port}", 421),
        ("GET {token}about HTTP/9.1", 505),
        ("\0\0", 400),
    ],
)
def test_strange_requests_are_answered_with_a_refusal(
    served: UiServer, start: str, status: int
) -> None:
    token = urlsplit(served.url).path
    first = start.replace("{token}", token).replace("{port}", str(served.port))
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as asking:
        asking.sendall(f"{first}\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        answered = b"".join(iter(lambda: asking.recv(4096), b""))
    phrases = {400: b"Bad Request\n", 505: b"HTTP Version Not Supported\n"}
    assert answered == phrases.get(status) or answered.startswith(f"HTTP/1.1 {status} ".encode())
    assert token.encode() not in answered


@pytest.mark.parametrize("host", ["LOCALHOST:{}", "localhost.:{}", "[::1]:{}", "0.0.0.0:{}", "x"])
def test_only_this_machine_s_own_names_are_hosts(ask: Ask, served: UiServer, host: str) -> None:
    assert ask("about", Host=host.format(served.port))[0] == 421
    assert ask("about", Host=f"localhost:{served.port}")[0] == 200


def test_who_holds_many_connections_without_asking_keeps_nobody_out(
    ask: Ask, served: UiServer
) -> None:
    silent = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(80)]
    assert [ask("about")[0] for _ in range(3)] == [200, 200, 200]
    for one in silent:
        one.close()


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "HEAD", "CONNECT"]
)
def test_nothing_but_reading_is_there(ask: Ask, method: str) -> None:
    assert ask("about", method=method)[0] == 501


def dribble(connection: socket.socket, for_s: float) -> None:
    """Send a byte now and then."""
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        connection.sendall(b"x")
        time.sleep(0.2)


def test_who_sends_slowly_is_cut_off_and_others_are_answered(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, served: UiServer
) -> None:
    monkeypatch.setattr(serving, "_READ_S", 1.0)
    slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(8)]
    for one in slow:
        one.sendall(b"GET / HT")
    assert ask("about")[0] == 200
    with pytest.raises(ConnectionError):
        dribble(slow[0], for_s=60)
    for one in slow:
        one.close()
