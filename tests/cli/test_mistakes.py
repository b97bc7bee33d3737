"""What a newcomer mistypes, and what is said: each mistake leads on.

Each row is a command line, its exit code, and what standard error says.
"""

import io
import re
import shlex
from contextlib import closing, redirect_stderr, redirect_stdout

import pytest

from artifactctl.cli import other_words, run
from artifactctl.client import Client
from tests.command_tree import leaves
from tests.commands import Result

YAML = (
    "pipeline: training\nsteps:\n  fit: {command: 'echo 1 > out.txt', outputs: {report: out.txt}}\n"
)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Run a command line in a folder with some files, on a home with some versions."""
    folder = tmp_path_factory.mktemp("mistakes")
    home, work = folder / "home", folder / "work"
    work.mkdir()
    (work / "data").mkdir()
    (work / "data" / "x.csv").write_text("1\n")
    for name, text in (("iris.csv", "a,b\n1,2\n"), ("other.csv", "a\n3\n"), ("train.yaml", YAML)):
        (work / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        patch.setenv("ARTIFACTCTL_HOME", str(home))
        patch.setenv("COLUMNS", "80")
        with closing(Client(home)) as client:
            client.register("iris_dataset", "iris.csv", tags=["raw"])
            client.register("iris_dataset", "other.csv", tags=["prod"], metadata={"accuracy": 0.9})
            client.register("iris_model", "iris.csv", type="model")
        assert in_process("run train.yaml -q").code == 0
        yield in_process


def in_process(line):
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = run(shlex.split(line))
    return Result(code, out.getvalue(), err.getvalue())


COMMANDS = """
list                           | 2 | 'artifactctl artifact list'
dir                            | 2 | 'artifactctl artifact list'
inspect iris_dataset           | 2 | 'artifactctl artifact describe iris_dataset'
view iris_dataset              | 2 | 'artifactctl show iris_dataset'
rm iris_dataset                | 2 | 'artifactctl artifact delete iris_dataset'
log                            | 2 | give its NAME, or --deleted
history iris_dataset           | 2 | 'artifactctl log iris_dataset'
settings                       | 2 | 'artifactctl config list'
search iris                    | 2 | 'artifactctl find iris'
du                             | 2 | 'artifactctl usage'
status                         | 2 | 'artifactctl info'
dashboard                      | 2 | 'artifactctl ui'
version                        | 2 | 'artifactctl --version'
verison                        | 2 | 'artifactctl --version'
add iris.csv                   | 2 | 'artifactctl register NAME iris.csv'
pull iris_dataset              | 2 | --from HOME_OR_URL
checkout iris_dataset:1        | 2 | 'artifactctl download iris_dataset:1'
experiments                    | 2 | 'artifactctl compare --pipeline PIPELINE'
logs                           | 2 | 'artifactctl runs logs RUN'
iris.csv                       | 2 | 'artifactctl register NAME iris.csv'
regster                        | 2 | did you mean 'register'?
Register                       | 2 | did you mean 'register'?
ARTIFACT LIST                  | 2 | did you mean 'artifact'?
artfact list                   | 2 | did you mean 'artifact'?
pipelines runs list            | 2 | did you mean 'pipeline'?
artifact-version list          | 2 | did you mean 'artifact version'?
list-artifacts                 | 2 | did you mean 'artifact list'?
version list                   | 2 | 'artifactctl artifact version list'
artifact lst                   | 2 | did you mean 'artifact list'?
artifact version lits          | 2 | did you mean 'artifact version list'?
artifact show iris_dataset     | 2 | 'artifactctl artifact describe iris_dataset'
artifact rename a              | 2 | 'artifactctl artifact update a -n NEW_NAME'
artifact compare               | 2 | 'artifactctl compare'
artifact iris_dataset          | 2 | 'artifactctl artifact describe iris_dataset'
artifact help                  | 2 | 'artifactctl help artifact'
metadata set iris_dataset a=1  | 2 | 'artifactctl metadata log iris_dataset
runs show                      | 2 | 'artifactctl runs describe RUN'
run list                       | 2 | 'artifactctl runs list'
tag add iris_dataset prod      | 3 | 'artifactctl tag iris_dataset prod'
tag remove iris_dataset raw    | 3 | 'artifactctl tag iris_dataset --remove raw'
qqq                            | 2 | see 'artifactctl --help'
runs qqq                       | 2 | see 'artifactctl runs --help'
help regster                   | 2 | did you mean 'register'?
help exit                      | 2 | did you mean 'exit-codes'?
help register foo              | 2 | 'artifactctl help register'
"""
OPTIONS = """
-V                                       | 2 | write --version
--json                                   | 2 | -o json, after the command
--tag raw artifact list                  | 2 | options come after the command
artifact list --json                     | 2 | write -o json
artifact list -json                      | 2 | write -o json
artifact list --format json              | 2 | write -o FORMAT
artifact list --limit 5                  | 2 | write --size N
artifact list -n 5                       | 2 | write --name NAME or --size N
artifact list --all                      | 2 | write --size 0
artifact list -name iris                 | 2 | write --name, with two dashes
artifact list --colums name              | 2 | did you mean '--columns'?
artifact list --no-colour                | 2 | did you mean '--no-color'?
artifact list --quite                    | 2 | did you mean '--quiet'?
artifact version list --artifact_name x  | 2 | write --artifact NAME
artifact list -o jsn                     | 2 | did you mean 'json'?
artifact list --size many                | 2 | --size 'many': not a whole number
register iris_dataset iris.csv -m hello  | 2 | write --metadata message=TEXT
run train.yaml --description hello        | 2 | has no option '--description'
register x iris.csv --tags raw           | 2 | did you mean '--tag'?
register x iris.csv --if_changd          | 2 | did you mean '--if-changed'?
register x iris.csv --tag                | 2 | write '--tag TAG'
register x iris.csv --if-changed=yes     | 2 | write --if-changed alone
register x iris.csv --force              | 2 | leave out --force
register --name x iris.csv               | 2 | 'artifactctl register NAME PATH... [OPTIONS]'
tag iris_dataset -t prod                 | 2 | TAG is not an option
tag iris_dataset --add prod              | 2 | TAG is not an option
download iris_dataset --to out.csv       | 2 | 'artifactctl download REF [DEST] [OPTIONS]'
download iris_dataset -o out.csv         | 2 | 'artifactctl download REF out.csv'
artifact prune --keep 3                  | 2 | write --keep-last N
gc --yes                                 | 2 | leave out --yes
gc --keep-last 3                         | 2 | 'artifactctl artifact prune'
run train.yaml --param a=1               | 2 | write --set KEY=VALUE
exec foo --out x ls -l                   | 2 | put '--' before the command
"""
ARGUMENTS = """
register iris_dataset                           | 2 | 'artifactctl register NAME PATH... [OPTIONS]'
register iris.csv                               | 2 | 'artifactctl register NAME iris.csv'
register iris.csv iris_dataset                  | 3 | artifactctl register iris_dataset iris.csv
register x irs.csv                              | 3 | did you mean 'iris.csv'?
register x nofolder/iris.csv                    | 3 | there is no folder 'nofolder'
register x 'data/*.csv'                         | 3 | --include
register a/b iris.csv                           | 5 | a name is no path
register iris:2 iris.csv                        | 5 | -v VERSION
register help                                   | 2 | see 'artifactctl register --help'
artifact list iris_dataset                      | 2 | write --name iris_dataset
artifact version list iris_dataset              | 2 | write --artifact iris_dataset
artifact describe iris_dataset:1                | 5 | artifact version describe iris_dataset:1'
artifact describe iris_dataset 1                | 2 | artifact version describe iris_dataset:1'
artifact delete iris_dataset:1 -y               | 5 | artifact version delete iris_dataset:1'
artifact describe iris_datset                   | 3 | did you mean 'iris_dataset'?
artifact describe IRIS_DATASET                  | 3 | did you mean 'iris_dataset'?
download iris_dataset:99                        | 3 | the latest is 2, there are 2, 1
download iris_dataset:v1                        | 3 | did you mean 'iris_dataset:1'?
download iris_dataset:prod                      | 3 | write iris_dataset@prod
download iris_dataset@1                         | 3 | write iris_dataset:1
download iris_dataset@prodd                     | 3 | did you mean 'iris_dataset@prod'?
download iris_dataset@zzz                       | 3 | its tags are prod, raw
download iris_dataset a b                       | 2 | 'artifactctl download REF [DEST]'
diff iris_dataset:1                             | 2 | 'artifactctl diff REF REF [OPTIONS]'
diff iris_dataset:1..2                          | 2 | 'artifactctl diff iris_dataset:1 NAME:2'
compare                                         | 2 | --pipeline NAME, or --artifact NAME
runs logs                                       | 2 | 'artifactctl runs logs RUN [STEP] [OPTIONS]'
runs list training                              | 2 | write --pipeline training
metadata list                                   | 2 | 'artifactctl metadata list REF|RUN [OPTIONS]'
artifact update iris_dataset                    | 0 | Nothing was changed; give
artifact version update iris_dataset:1          | 0 | Nothing was changed; give
artifact list --sort-by -created                | 2 | write desc:created
artifact list --sort-by created:desc            | 2 | write desc:created
artifact list --sort-by nmae                    | 2 | did you mean 'name'?
artifact version list --created yesterday       | 2 | 'yesterday' is not a time
artifact version list --metadata 'accuracy>0.5' | 2 | write KEY=VALUE
--home /typo artifact list                      | 3 | home '/typo' does not exist
--home iris.csv artifact list                   | 7 | home 'iris.csv' is not a folder
"""
RUNS = """
runs logs training              | 3 | or training@latest
compare training                | 3 | write run:training@latest
lineage training                | 3 | write run:training@latest
runs logs latest nofit          | 3 | did you mean 'fit'?
compare --pipeline trainng      | 3 | did you mean 'training'?
"""
EMPTY = """
artifact list --name iris                           | 0 | iris_model write --name contains:iris
artifact version list --artifact 'iris*'            | 0 | write --artifact startswith:iris
artifact version list --artifact iris_datset        | 0 | did you mean 'iris_dataset'?
artifact version list --artifact startswth:iris     | 0 | did you mean 'startswith:iris'?
artifact version list --tag prod,raw                | 0 | write --tag oneof:prod,raw
artifact version list --tag nosuch                  | 0 | there are prod, raw
artifact version list --created 7d                  | 0 | write --created gte:7d
artifact version list --metadata acuracy=gt:0.5     | 0 | did you mean 'accuracy'?
tag iris_dataset --remove nosuch                    | 0 | did not have the tag 'nosuch'
tag iris_dataset prod                               | 0 | had the tag 'prod' already
"""


def rows(table):
    for line in table.strip().splitlines():
        # The command and the text may have bars of their own, such as REF|RUN.
        words, code, text = re.fullmatch(r"(.*?) +\| (\d+) \| (.*)", line).groups()
        yield pytest.param(words, int(code), text, id=words)


ALL = [row for table in (COMMANDS, OPTIONS, ARGUMENTS, RUNS, EMPTY) for row in rows(table)]


@pytest.mark.parametrize(("words", "code", "text"), ALL)
def test_a_mistake_leads_on(said, words, code, text):
    done = said(words)
    assert text in done.err
    assert done.code == code
    assert "Traceback" not in done.err
    if code:
        assert done.out == ""
        assert re.fullmatch(r"artifactctl: [^\n]*\n", done.err)


@pytest.mark.parametrize("run_named", ["latest", "run:latest", "training@latest", "training-"])
def test_a_run_is_found_by_what_is_meant(said, run_named):
    newest = said("runs list -q").out
    assert said(f"runs describe {run_named} -q").out == newest


def test_a_version_beside_a_name_is_understood(said):
    assert said("artifact version describe iris_dataset 1 -q").out == "iris_dataset:1\n"


def test_what_is_suggested_exists():
    known = {
        words: {flag for item in node.params for flag in (*item.opts, "--version")}
        for words, node in leaves()
    }
    flags = set().union(*known.values(), {"--debug", "--wide", "--no-color", "--home"})
    tables = (other_words.COMMANDS, other_words.GROUPS)
    for suggested in {text for table in tables for texts in table.values() for text in texts}:
        words = suggested.split()
        found = [end for end in range(len(words), 0, -1) if tuple(words[:end]) in known]
        assert found or words[0].startswith("--"), suggested
        if found:
            used = {word for word in words[found[0] :] if re.match("--[a-z]", word)}
            assert used <= known[tuple(words[: found[0]])], suggested
    for texts in other_words.OPTIONS.values():
        assert {text.split()[0] for text in texts} <= flags


def test_no_command_that_exists_is_among_the_words_of_other_programs():
    first = {words[0] for words, _ in leaves()}
    assert not first & set(other_words.COMMANDS)


def test_a_suggestion_is_not_made_where_none_is_likely(said):
    for line in ("xyzzy", "artifact list --xyzzy 3", "register x iris.csv --frobnicate"):
        err = said(line).err
        assert "did you mean" not in err
        assert "--help'" in err


def test_empty_lists_for_programs_are_valid_and_say_nothing_more(said):
    done = said("artifact list --name nope -o json")
    assert (done.code, done.err) == (0, "")
    assert '"items": []' in done.out
    assert said("artifact list --name nope -q") == Result(0, "", "")
    assert said("artifact list --name nope").out == ""
