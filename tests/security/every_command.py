"""Every command of the command line, with arguments that work in the home of `stage`.

A command that has no example here is one that no hostile home is tried on: a test says so.
`{x}`, `{folder}`, `{run}` … are the IDs of what is there; `{given}` is the folder of the user's
own files.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.command_tree import leaves

Words = tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """A command line; `changes` the home, or only reads it. `command` is the first words."""

    words: tuple[str, ...]
    command: str = ""
    changes: bool = False
    starts_programs: bool = False
    needs_home: bool = True
    completes: bool = False

    def __str__(self) -> str:
        return " ".join(self.words)

    def filled(self, known: Mapping[str, str]) -> list[str]:
        """The words with the IDs of what is there."""
        words = list(self.words)
        for key, value in known.items():
            words = [word.replace(f"{{{key}}}", value) for word in words]
        return words

    @property
    def is_json(self) -> bool:
        return "json" in self.words and "-o" in self.words


def _reads(*lines: str, **options: bool) -> tuple[Example, ...]:
    return tuple(Example(tuple(line.split()), **options) for line in lines)


def _writes(*lines: str, **options: bool) -> tuple[Example, ...]:
    return _reads(*lines, changes=True, **options)


_REGISTER = (
    *_writes(
        "new {given}/file",
        "files {given}/folder --if-changed --rehash -t again -o json",
        "new {given}/file --link",
        "new {given}/file --input {x} --metadata a=1",
    ),
    *_reads("files {given}/folder --dry-run --bump minor -o json"),
)
_TAG = _writes(
    "{x} fresh", "file prod --exclusive -o json", "files fresh --artifact", "run:{run} fresh"
)
_DOWNLOAD = (
    *_reads("{folder}", "file", "{x} out/file", "files out/folder -o json", "files out/files.zip"),
    *_reads("linked out/linked", "files@prod out/links --mode symlink", "file -"),
    *_reads("files out/planned --dry-run -o json"),
)
_ASKED = (
    *(("artifacts", "table"), ("versions", "json"), ("tags", "csv"), ("metadata", "json")),
    *(("runs", "yaml"), ("steps", "tsv"), ("inputs", "table"), ("outputs", "json")),
)
_EXAMPLES: dict[str, tuple[Example, ...]] = {
    "register": _REGISTER,
    "tag": _TAG,
    "log": _reads("file", "files -n 0 -o json", "files -o csv", "--deleted", "--deleted -o json"),
    "restore": _writes("gone", "gone:1 -o json"),
    "download": _DOWNLOAD,
    "artifact register": _REGISTER[:1],
    "artifact tag": _TAG[:1],
    "artifact download": _DOWNLOAD[:1],
    "artifact list": _reads(
        "", "-o json", "--columns all", "-o csv", "-o yaml", "--tag team --sort-by name"
    ),
    "artifact describe": _reads("{file_artifact}", "file -o json", "files"),
    "artifact update": _writes(
        "{file_artifact} -t fresh", "file -n renamed -o json", "file --description text"
    ),
    "artifact delete": _writes("{file_artifact} --yes --force", "files --yes --force -o json"),
    "artifact prune": (
        *_writes("--unused --yes -o json", "file --keep-last 1 --yes"),
        *_writes("file --keep-last 1 --only-artifact --yes"),
        *_reads("--unused --dry-run", "--older-than 7d --dry-run -o json"),
    ),
    "artifact version list": _reads(
        "",
        "-o json",
        "--columns all",
        "-o tsv --size 0",
        "--metadata accuracy=gt:0.1 --sort-by desc:metadata.accuracy",
        "--only-unused -o yaml",
        "--pipeline training -q",
    ),
    "artifact version describe": _reads("{x}", "file -o json", "{folder}", "linked -o json"),
    "artifact version visualize": _reads("{x}", "file -o json", "{folder}", "linked -o json"),
    "artifact version update": _writes(
        "{x} -t fresh", "file -r prod -o json", "{x} --description text"
    ),
    "artifact version delete": _writes("{x} --yes --force", "file --yes --force -o json"),
    "metadata log": _writes("{x} a=1", 'file a={"b":2} -o json', "run:{run} a=1"),
    "metadata remove": _writes("file:1 place"),
    "metadata list": _reads("{x}", "files -o json", "run:{run}"),
    "prune artifacts": _reads("--dry-run"),
    "pipeline list": _reads("", "-o json", "--columns all -o csv", "--tag isnull: -q"),
    "pipeline delete": _writes("training --yes --force", "training --yes --force -o json"),
    "pipeline runs list": _reads(""),
    "pipeline runs describe": _reads("{run}"),
    "pipeline runs logs": _reads("{run}"),
    "pipeline runs delete": _writes("{run} --yes --force"),
    "runs list": _reads("", "-o json", "--columns all", "-o csv", "--pipeline training -q"),
    "runs describe": _reads("{run}", "first -o json", "{python_run}"),
    "runs update": _writes("{run} --description text", "first --description '' -o json"),
    "runs logs": _reads("{run} report", "first report"),
    "pipeline runs update": _writes("{run} --description text"),
    "runs delete": _writes("{run} --yes --force", "first --yes --force -o json"),
    "tags list": _reads("", "-o json", "--columns all -o csv", "--exclusive true -q"),
    "tags create": _writes("fresh --color red --exclusive", "fresh -o json"),
    "tags register": _writes("-n fresh"),
    "tags update": _writes("prod --color red", "prod -n renamed -o json"),
    "tags delete": _writes("prod --yes", "alone --yes -o json"),
    "tags protect": _writes("prod", "prod --off -o json"),
    "compare": _reads(
        "{run} {python_run}",
        "{folder} {x} -o json",
        "--pipeline training --html out/page.html",
        "{folder} {x} -o md",
        "--pipeline training --group-by status -o csv",
    ),
    "ls": _reads("{x}", "files --tree", "{folder} -R -o json", "linked -o csv", "files@prod -q"),
    "show": (
        *_reads("file", "{x} -o json", "files", "{folder} -o csv", "linked --no-cache"),
        *_reads("files/below/two --html out/shown.html"),
    ),
    "cat": _reads("file", "{x}", "linked", "files/below/two --no-cache"),
    "diff": _reads("{folder} {x}", "file files -o json"),
    "ui": _reads("--help", needs_home=False),
    "page": _reads("out/page.html", "out/iris.html --artifact file -o json"),
    "lineage": _reads("{x}", "report -o json", "run:{run}", "{x} --html out/l.html", "{x} -o dot"),
    "run": (
        *_writes(
            "run.yaml", "run.yaml --no-cache -o json", "run.yaml --rehash", starts_programs=True
        ),
        *_writes("python.yaml --no-cache", starts_programs=True),
        *_reads("run.yaml --dry-run", starts_programs=True),
        *_reads("--schema", needs_home=False),
    ),
    "exec": _writes(
        "told --out out/told --input file -- cp {given}/file out/told",
        "told --out out/told --rehash -- cp {given}/file out/told",
        starts_programs=True,
    ),
    "init": _writes("out", "out --store kept -o json", needs_home=False),
    "trust": _writes(".. --yes", ".. --yes -o json", needs_home=False),
    "config list": _reads("", "-o json", "-o csv", needs_home=False),
    "config get": _reads("store", "output -o json", needs_home=False),
    "config set": _writes("output table", "timeout 30 -o json"),
    "config unset": _writes("output", "timeout -o json"),
    "info": _reads("", "-o json", needs_home=False),
    "help": _reads("", "security", "register", needs_home=False),
    "push": (
        *_writes("{x} --to out/team", "file files report --to out/team -o json --trust"),
        *_reads("linked --to out/team --dry-run"),
    ),
    "pull": _writes("theirs --from out/team", "theirs --from out/team -o json"),
    "copy": _writes(
        "--all --to out/team --trust", "--all --to out/team --labels --renumber --trust -o json"
    ),
    "export": _reads("file {folder} out/some.zip", "--all out/all.zip -o json", "{x} out/x.zip -q"),
    "import": _writes("{given}/bundle.zip", "{given}/bundle.zip --labels -o json"),
    "usage": _reads("", "file files", "-o json --max-size 1kB", "--keep-last 1 -o csv", "-q"),
    "find": _reads("file", "a --kind version -o json", "prod -n 0 -q", "e --kind run -o csv"),
    "sql": (
        *_reads("--schema -o json", needs_home=False),
        Example(("SELECT ref FROM versions", "-n", "1")),
        *(Example((f"SELECT * FROM {view}", "-o", output)) for view, output in _ASKED),
    ),
    "verify": _writes("", "-o json", "--quick", "file {folder}"),
    "gc": (
        *_writes("", "--grace 0d -o json"),
        *_reads("--dry-run -o json"),
        # The cache is the user's own, whichever home is here.
        *_reads("--cache", "--cache 1GB -o json", "--cache --dry-run", needs_home=False),
    ),
    "catalog backup": _reads("out/backup.db", "out/backup.db --force -o json"),
    "catalog restore": _writes("{given}/backup.db --yes", "{given}/backup.db --yes --force"),
    "catalog rebuild": _writes("", "-o json"),
    "catalog schema": _reads("--sql", "--sql --role ml"),
    "catalog copy": _writes("--to out/copy.db", "--to sqlite:///out/copy.db -o json"),
}
_COMPLETED = (
    *("artifactctl download f", "artifactctl tag file@", "artifactctl download file:"),
    *("artifactctl runs describe f", "artifactctl runs logs first r", "artifactctl lineage run:"),
)


def commands_there_are() -> Iterator[str]:
    """Every command, also one that no help shows, by the words that start it."""
    return (" ".join(words) for words, _ in leaves())


def examples() -> list[Example]:
    """All examples, with the words that start the command."""
    found = [
        dataclasses.replace(example, command=name, words=(*name.split(), *example.words))
        for name, shown in _EXAMPLES.items()
        for example in shown
    ]
    return [*found, *completions()]


def one_of_each(found: Sequence[Example]) -> list[Example]:
    """The first example of each command that changes a home, and the first that does not."""
    return list({(one.command, one.changes): one for one in reversed(found)}.values())


def completions() -> list[Example]:
    """Words that a shell has completed."""
    return [
        Example((line, " \t\n\"'@><=;|&(:"), "a completion", completes=True) for line in _COMPLETED
    ]


def commands_with_examples() -> set[str]:
    return set(_EXAMPLES)
