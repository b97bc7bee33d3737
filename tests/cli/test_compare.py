"""`compare`: runs and versions side by side."""

import csv
import io
import json
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml

from artifactctl.cli import run as run_in_process
from tests.cli.test_diff import ACTED_UPON
from tests.cli.test_terminal import ESCAPE, on_terminal  # noqa: F401 (a fixture)
from tests.commands import environment
from tests.recorded import Did, make, record
from tests.render.test_lineage import HOSTILE
from tests.training_runs import PIPELINE, make_training_runs


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A home with eight real training runs, and their names."""
    home = tmp_path_factory.mktemp("training") / "home"
    return home, make_training_runs(home)


@pytest.fixture
def trained(home, work, training):
    """The same runs in the home of this test."""
    made, names = training
    shutil.copytree(made, home)
    return [f"run:{name}" for name in names]


@pytest.fixture
def two(client):
    """Two runs that differ in some keys, and two versions."""
    record(client, "one", Did("fit", metadata={"acc": 0.5, "same": 1}, parameters={"lr": 0.1}))
    record(client, "two", Did("fit", metadata={"acc": 0.75, "same": 1, "note": None}))
    make(client, "iris", metadata={"rows": 1})
    make(client, "iris", metadata={"rows": 12345})
    client.close()


def test_a_table_shows_changes_against_the_first(run, two):
    done = run("compare", "run:one", "run:two").ok()
    lines = [line.rstrip() for line in done.out.splitlines()]
    assert lines[0] == "KEY          one (baseline)   two"
    assert lines[3:] == [
        "acc          0.5 ▾            0.75 ★ +0.25 +50.0%",
        "note         —                null",
        "same           1                 1",
        "fit.lr       0.1              —",
    ]
    assert done.err == "Changes are against one; ★ best, ▾ worst.\n"


def test_versions_show_sizes(run, two):
    done = run("compare", "iris:1", "iris").ok()
    assert "(size)" in done.out
    assert " B" in done.out
    assert "12,345 +12,344" in done.out
    assert run("compare", "--artifact", "iris", "-q").ok().out == "iris:1\niris:2\n"


def test_programs_get_everything_exactly(run, trained, client):
    found = json.loads(run("compare", *trained, "-o", "json").ok().out)
    assert found == client.compare(*trained).as_json()
    assert found["schema"] == 1
    assert [column["name"] for column in found["columns"]] == [name[4:] for name in trained]
    rows = {row["key"]: row for row in found["rows"]}
    accuracy = rows["metrics.accuracy"]
    assert accuracy["goal"] == "maximize"
    assert accuracy["trend"] == accuracy["values"]
    assert rows["metrics.val_loss"]["goal"] == "minimize"
    assert rows["train.parameters.n_neighbors"]["missing"] == [True] * 4 + [False] * 2 + [True] * 2
    assert rows["classes"]["kind"] == "category"
    assert yaml.safe_load(run("compare", *trained, "-o", "yaml").ok().out) == found
    for output, separator in (("csv", ","), ("tsv", "\t")):
        text = run("compare", *trained, "-o", output, "--key", "metrics.*").ok().out
        header, *lines = csv.reader(io.StringIO(text), delimiter=separator)
        assert header == ["key", "group", *(name[4:] for name in trained)]
        assert {line[0]: [float(cell) for cell in line[2:]] for line in lines} == {
            key: row["values"] for key, row in rows.items() if key.startswith("metrics.")
        }


def test_the_table_has_the_numbers_that_json_has(run, trained):
    words = ("compare", "--pipeline", PIPELINE, "--key", "metrics.*")
    rows = json.loads(run(*words, "-o", "json").ok().out)["rows"]
    lines = run(*words).ok().out.splitlines()[2:]
    for row, line in zip(rows, lines, strict=True):
        shown = [float(word) for word in re.findall(r"(?<![+\d.-])\d+\.\d+(?![\d.%])", line)]
        assert shown == pytest.approx(row["values"], rel=1e-3)


@pytest.mark.parametrize("output", ["table", "md", "csv", "json"])
def test_the_last_ones_are_in_order_of_time(run, trained, output):
    done = run("compare", "--pipeline", PIPELINE, "--last", "3", "-o", output).ok()
    assert re.findall(r"flowers-\d", done.out)[:3] == ["flowers-6", "flowers-7", "flowers-8"]
    quiet = run("compare", "--pipeline", PIPELINE, "--last", "3", "-q", "-o", output).ok()
    assert quiet.out == "flowers-6\nflowers-7\nflowers-8\n"


def test_columns_are_filtered_and_sorted(run, trained):
    def names(*words):
        return run("compare", "--pipeline", PIPELINE, "-q", *words).ok().out.split()

    assert names("--filter", "model=tree") == ["flowers-7", "flowers-8"]
    best = names("--filter", "model=logistic", "--sort-by", "metrics.val_loss")
    assert best == ["flowers-4", "flowers-3", "flowers-2", "flowers-1"]
    assert names("--filter", "train.parameters.C=gte:1", "--filter", "duration_s=gt:0") == [
        "flowers-3",
        "flowers-4",
    ]
    assert names("--filter", "model=notequals:tree", "--last", "2", "--baseline", "flowers-1") == [
        "flowers-1",
        "flowers-5",
        "flowers-6",
    ]
    done = run("compare", "--pipeline", PIPELINE, "--filter", "model=none").ok()
    assert (done.out, done.err) == ("", "No run or version matches the filters.\n")
    empty = run("compare", "--pipeline", PIPELINE, "--filter", "model=none", "-o", "json").ok()
    assert json.loads(empty.out)["columns"] == []


def test_markdown_is_for_a_pull_request(run, two):
    done = run("compare", "run:one", "run:two", "-o", "md", "--only-diff", "--key", "*").ok()
    assert (done.out, done.err) == (
        "| key | `one` (baseline) | `two` |\n"
        "| --- | --- | --- |\n"
        "| `acc` | _0.5_ | **0.75** (+0.25, +50.0%) |\n"
        "| `note` | — | `null` |\n"
        "| `fit.lr` | 0.1 | — |\n"
        "\n"
        "Best in **bold**, worst in _italics_.\n",
        "",
    )


def test_the_exit_code_says_whether_anything_differs(run, two):
    words = ("compare", "run:one", "run:two", "--exit-code")
    assert run(*words).code == 1
    assert run(*words, "-o", "json").code == 1
    assert run(*words, "--key", "same").code == 0
    done = run(*words, "--key", "same", "--only-diff")
    assert (done.code, done.out, done.err) == (0, "", "No differences.\n")
    assert run("compare", "run:one", "run:two").code == 0


def test_what_fits_nothing_is_told_and_no_error(run, two):
    done = run("compare", "run:one", "run:two", "--key", "ac", "--minimize", "lr").ok()
    assert done.err == (
        "no key matches 'ac'; did you mean 'acc'?\nno key matches 'lr'; did you mean 'fit.lr'?\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((), 2, "give two or more of REF"),
        (("run:one",), 2, "give at least two"),
        (("run:one", "iris"), 2, "runs and versions"),
        (("run:one", "run:two", "--last", "2"), 2, "instead of references"),
        (("run:one", "run:two", "--sort-by", "x"), 2, "cannot sort by 'x'"),
        (("run:one", "run:two", "--filter", "acc"), 2, "KEY=OPERATOR:VALUE"),
        (("run:one", "run:two", "--maximize", "acc", "--minimize", "*"), 2, "matches both"),
        (("run:one", "run:two", "--filter", "ac=gt:0"), 2, "'ac'; did you mean 'acc'?"),
        (("run:one", "run:two", "--html", "no/a.html"), 7, "'no/a.html': No such file"),
        (("run:one", "run:two", "--html", "."), 7, "'.': Is a directory"),
        (("run:one", "run:two", "--open"), 2, "add --html FILE"),
        (("run:one", "run:two", "-o", "mermaid"), 2, "mermaid"),
        (("run:one", "run:three"), 3, "there is no run 'three'"),
        (("--pipeline", "none"), 3, "no pipeline 'none' has run"),
        (("iris:1", "iris:7"), 3, "no version '7'"),
        (("iris:1", "iris@@"), 5, "'@'"),
        (tuple(f"run:{i}" for i in range(101)), 5, "101 are too many to compare: 100 at the most"),
    ],
)
def test_errors_say_what_to_do(run, two, words, code, says):
    done = run("compare", *words)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
    as_json = run("compare", *words, "-o", "json") if "-o" not in words else None
    if as_json:
        assert json.loads(as_json.err)["error"]["code"] == code


def test_a_home_without_any_runs_has_none(run, home):
    assert run("compare", "run:a", "run:b").code == 3
    assert run("compare", "--pipeline", "p").code == 3
    assert not home.exists()


@pytest.mark.parametrize("width", [80, 200])
def test_a_terminal_is_never_too_narrow(on_terminal, trained, width):  # noqa: F811
    code, shown = on_terminal("compare", *trained, width=width)
    assert code == 0
    text = ESCAPE.sub("", shown)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    names = [name[4:] for name in trained]
    assert all(name in text for name in names)
    assert "train.parameters.random_state" in text
    assert "\x1b[1m" in shown
    assert lines[-1].startswith("Changes are against flowers-1")
    code, few = on_terminal("compare", *trained, "--key", "metrics.a*", width=80)
    assert ESCAPE.sub("", few).startswith("RUN ")


def test_no_colour_is_no_escape(on_terminal, trained):  # noqa: F811
    code, shown = on_terminal("compare", *trained[:2], NO_COLOR="1")
    assert (code, "\x1b" in shown) == (0, False)
    code, shown = on_terminal("compare", *trained[:2], "--no-color")
    assert (code, "\x1b" in shown) == (0, False)


def test_a_pipe_gets_whole_texts_and_no_colour(run, client):
    text = "long " * 100
    for name in ("one", "two"):
        record(client, name, metadata={"text": f"{text}{name}"})
    client.close()
    done = run("compare", "run:one", "run:two", TERM="xterm-256color").ok()
    assert f"{text}one" in done.out
    assert f"{text}two" in done.out
    assert "\x1b" not in done.out
    assert done.out.count("KEY") == 1


@pytest.mark.parametrize("output", ["table", "md", "csv", "tsv", "yaml", "json"])
def test_hostile_names_and_metadata_are_only_text(run, client, output):
    hostile = [*HOSTILE, "\x1b]0;gone\x07", "\u202eevil", "[bold red]x[/]"]
    for i, name in enumerate(["run |x", "`run`<b>"]):
        metadata = {f"key {number} |`<": text for number, text in enumerate(hostile)}
        record(
            client, name, Did("fit", metadata={**metadata, "i": i}), details={"vars": {"<b>": i}}
        )
    client.close()
    done = run("compare", "--pipeline", "training", "-o", output).ok()
    assert not ACTED_UPON.search(done.out.replace("\t", "") if output == "tsv" else done.out)
    if output == "md":
        assert "<script" not in done.out
        assert {line.count("|") for line in done.out.splitlines() if line} <= {4, 0}
    if output == "json":
        rows = json.loads(done.out)["rows"]
        assert [row["values"][0] for row in rows if row["key"][:4] == "key "] == hostile


def test_pages_and_pictures_are_made_of_the_same_object(
    home, client, two, work, monkeypatch, capsys
):
    """The seam: what the room of pages is given."""
    made = {}
    page = ModuleType("artifactctl.render.page")
    page.write_page = lambda value, path, *_: made.update({"page": (value, path)})  # type: ignore[attr-defined]
    page.write_plot = lambda value, path, keys: made.update({"plot": (value, path, keys)})  # type: ignore[attr-defined]
    page.has_charts = lambda: True  # type: ignore[attr-defined]
    import artifactctl.render

    monkeypatch.setitem(sys.modules, "artifactctl.render.page", page)
    monkeypatch.setattr(artifactctl.render, "page", page, raising=False)
    opened = []
    monkeypatch.setattr("webbrowser.get", lambda: SimpleNamespace(name="firefox"))
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    words = ["compare", "run:one", "run:two", "--html", "a.html", "--plot", "b.svg", "--open"]
    assert run_in_process(words) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "Wrote a.html\nWrote b.svg\n")
    value = client.compare("run:one", "run:two").as_json()
    assert made["page"] == (value, Path("a.html"))
    assert made["plot"] == (value, Path("b.svg"), ())
    assert opened == [(work / "a.html").as_uri()]
    assert run_in_process([*words[:5], "-o", "csv"]) == 0
    assert capsys.readouterr().out.startswith("key,group,one,two\n")


@pytest.fixture
def tuned(client):
    """Six runs of two rates, and the words that compare them."""
    for i in range(6):
        metadata = {"acc": 0.5 + i / 10, **({"loss": float(i)} if i else {})}
        parameters = {"lr": 0.1 if i < 3 else 0.01, "seed": i % 3}
        record(client, f"r{i}", Did("fit", metadata=metadata, parameters=parameters))
    client.close()
    return ("compare", "--pipeline", "training")


def test_groups_have_means_and_deviations(run, tuned, client):
    done = run(*tuned, "--group-by", "fit.lr").ok()
    assert [line.rstrip() for line in done.out.splitlines()] == [
        "KEY        lr=0.01     lr=0.1",
        "──────────────────────────────────────",
        "(n)        3           3",
        "acc        0.9 ± 0.1   0.6 ± 0.1",
        "loss       4.0 ± 1.0   1.5 ± 0.707 (2)",
        "fit.seed   1.0 ± 1.0   1.0 ± 1.0",
    ]
    assert done.err == (
        "Grouped by fit.lr: mean ± deviation of the sample; in brackets how many have the key,"
        " where some do not.\n"
    )
    found = json.loads(run(*tuned, "--group-by", "fit.lr", "-o", "json").ok().out)
    assert found == client.compare(pipeline="training", group_by="fit.lr").as_json()
    assert [group["columns"] for group in found["grouped"]["groups"]] == [[3, 4, 5], [0, 1, 2]]
    lines = run(*tuned, "--group-by", "status", "--key", "loss", "-o", "csv").ok().out.splitlines()
    assert lines[0] == "key,group,status,n,missing,mean,deviation,distinct,value"
    assert lines[1].startswith("loss,metadata,completed,5,1,3.0,1.58113883")
    assert run(*tuned, "--group-by", "status", "--key", "loss", "-o", "md").ok().out == (
        "| key | `status=completed` |\n| --- | --- |\n| n | 6 |\n| `loss` | 3.0 ± 1.58 (5) |\n"
    )


def test_what_goes_with_a_metric_is_told_with_what_chance_gives(run, tuned):
    done = run(*tuned, "--importance", "acc").ok()
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["acc", "STRENGTH", "METHOD", "N", "CHANCE"]
    assert [(line[0], *line[2:]) for line in lines[2:]] == [
        ("fit.lr", "-0.88", "Spearman", "6", "0.87"),
        ("fit.seed", "+0.48", "Spearman", "6", "0.87"),
    ]
    assert "Only 6 have 'acc'" in done.err
    both = run(*tuned, "--importance", "acc", "--group-by", "fit.lr").ok().out
    assert "lr=0.01" in both
    assert "fit.seed" in both
    told = run(*tuned, "--importance", "acc", "-o", "tsv").ok().out.splitlines()
    assert told[0] == "key\tgroup\tmethod\tn\tstrength\tchance"
    assert float(told[1].split("\t")[4]) == pytest.approx(-0.8783, abs=1e-4)
    assert "| `fit.lr` | **-0.88** | Spearman | 6 | 0.87 |" in (
        run(*tuned, "--importance", "acc", "-o", "md").ok().out
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--group-by", "lr"), "did you mean 'fit.lr'?"),
        (("--importance", "ac"), "did you mean 'acc'?"),
        (("--importance", "acc", "--group-by", "fit.lr", "-o", "csv"), "ask for one of them"),
    ],
)
def test_what_cannot_be_grouped_or_told_is_an_error(run, tuned, words, says):
    done = run(*tuned, *words)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_page_begins_with_the_groups_and_the_metric_that_were_asked_for(run, tuned, work):
    run(*tuned, "--group-by", "fit.lr", "--importance", "loss", "--html", "a.html").ok()
    text = (work / "a.html").read_text()
    assert '"group":"fit.lr","target":"loss"' in text


def test_long_names_are_shown_without_what_they_share(run, client):
    for end in ("red", "blue"):
        record(client, f"training-of-flowers-{end}", Did("fit", metadata={"acc": 1}))
    client.close()
    words = ("compare", "--pipeline", "training")
    done = run(*words).ok()
    assert done.out.startswith("KEY          …red (baseline)   …blue")
    assert run(*words, "-q").ok().out == "training-of-flowers-red\ntraining-of-flowers-blue\n"
    assert "training-of-flowers-red" in run(*words, "-o", "md").ok().out
