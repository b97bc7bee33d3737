"""The server of `ui`: it answers who has its address, and refuses everything else."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest

from artifactctl.client import Client, UiServer
from artifactctl.serving import server as serving
from tests.recorded import Did, make, record

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
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
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
    for name in ("about", "change", "rows?table=versions&terms=[]&sort=size:down", "flow"):
        with urlopen(served.url + name, timeout=20) as found:
            assert "error" not in json.load(found)
    with urlopen(f"{served.url}graph?kind=version&name=model:1", timeout=20) as found:
        assert len(json.load(found)["nodes"]) == 2
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


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_nothing_but_reading_is_there(ask: Ask, method: str) -> None:
    assert ask("about", method=method)[0] == 501


def test_who_sends_slowly_is_cut_off_and_others_are_answered(
    monkeypatch: pytest.MonkeyPatch, ask: Ask, served: UiServer
) -> None:
    monkeypatch.setattr(serving, "_READ_S", 1.0)
    slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(8)]
    begun = time.monotonic()
    for one in slow:
        one.sendall(b"GET / HT")
    assert ask("about")[0] == 200
    while time.monotonic() - begun < 8:
        try:
            slow[0].sendall(b"x")
        except OSError:
            break
        time.sleep(0.2)
    assert time.monotonic() - begun < 6
    for one in slow:
        one.close()
