"""`page`: one file with the catalog in it."""

import json

from tests.recorded import make


def test_a_page_is_written_and_said(run, client, work):
    make(client, "iris")
    client.close()
    done = run("page", "c.html").ok()
    assert done.out.startswith("Wrote c.html: 1 artifact, 1 version, 0 runs in ")
    assert (work / "c.html").read_text().startswith("<!doctype html>")
    assert str(work.parent) not in (work / "c.html").read_text(), "no path of this machine"

    assert run("page", "c.html", "-q").ok().out == f"{work}/c.html\n"
    told = json.loads(run("page", "c.html", "--artifact", "iris", "-o", "json").ok().out)
    assert (told["versions"], told["notes"]) == (1, [])


def test_what_cannot_be_written_or_is_not_there_is_said(run, client, home, work):
    make(client, "iris")
    client.close()
    assert run("page", "c.html", "--artifact", "none").code == 3
    assert not (work / "c.html").exists()
    assert run("page", home / "store" / "c.html").code == 12
    assert run("page", "no/folder/c.html").code == 7
