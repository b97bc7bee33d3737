"""Documents of HTML on the catalog's page: shown in a frame that reaches nothing."""

from pathlib import Path

from playwright.sync_api import expect

from artifactctl.client import Client
from tests.render.page.conftest import Visit
from tests.render.page.test_catalog_page import READY

HOSTILE = """<!doctype html><html><head><title>x</title>
<style>h1 { color: rgb(1, 2, 3) }</style><base href="http://evil.example/">
<meta http-equiv="refresh" content="0;url=http://evil.example/">
<link rel=stylesheet href="http://evil.example/x.css"><script>parent.seen = 1; alert(1)</script>
</head><body onload="alert(2)"><h1 onclick="alert(3)">Report</h1><p style="color: rgb(4, 5, 6)">x
</p><img src="http://evil.example/x.png" onerror="alert(4)"><svg onload=alert(5)><a
xlink:href="javascript:alert(6)"><text>go</text></a></svg><iframe src="http://evil.example"></iframe>
<form action="http://evil.example"><button>send</button></form>
<a href="http://evil.example/" target="_top">link</a><a href="javascript:alert(7)">run</a>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" alt="kept"></body></html>"""


def test_a_document_is_shown_with_its_styles_and_reaches_nothing(
    visit: Visit, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(HOSTILE)
    client = Client(tmp_path / "home")
    client.register("report", tmp_path / "report.html")
    client.page(tmp_path / "catalog.html")
    client.close()
    address = (tmp_path / "catalog.html").as_uri()
    page = visit(address, "view=versions&open=version:report:1", may_ask=["data:"])
    page.wait_for_selector(READY)
    frame = page.locator("#details iframe")
    assert frame.get_attribute("sandbox") == ""
    inner = page.frame_locator("#details iframe")
    expect(inner.locator("h1")).to_have_css("color", "rgb(1, 2, 3)")
    expect(inner.locator("p")).to_have_css("color", "rgb(4, 5, 6)")
    expect(inner.get_by_alt_text("kept")).to_be_attached()
    assert inner.locator("script, iframe, base, link").count() == 0
    inner.locator("h1").click()
    inner.get_by_text("link", exact=True).click()
    inner.get_by_text("run", exact=True).click()
    inner.get_by_role("button").click()
    assert page.evaluate("window.seen") is None
    expect(page.locator("#details-held")).to_contain_text("Its scripts do not run here")
    expect(page.locator("#details-held")).to_contain_text(
        "artifactctl artifact version visualize report:1 --scripts --open"
    )
    assert page.url.startswith(address)


def test_only_a_page_with_documents_allows_styles_in_them(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    client = Client(tmp_path / "home")
    client.register("rows", tmp_path / "rows.csv")
    client.page(tmp_path / "plain.html")
    (tmp_path / "note.html").write_text("<b>x</b>")
    client.register("note", tmp_path / "note.html")
    client.page(tmp_path / "framed.html")
    client.close()
    plain, framed = ((tmp_path / f"{name}.html").read_text() for name in ("plain", "framed"))
    assert "unsafe-inline'; font-src" not in plain.partition("<style>")[0]
    assert "style-src 'unsafe-inline'; font-src data:" in framed.partition("<style>")[0]
    assert "script-src 'sha256-" in framed
