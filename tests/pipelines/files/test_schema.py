"""The JSON Schema for editors: it takes what is right and points to what is not."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from artifactctl.pipelines.files import json_schema
from artifactctl.pipelines.files.keys import ARTIFACT, OUTPUT, RUN, SOURCE, STEP
from artifactctl.pipelines.files.shapes import Record
from artifactctl.yaml_text import parse_yaml
from tests.pipelines.files.configs import mistakes
from tests.pipelines.files.test_reading import COMMANDS

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCHEMA = json_schema()


def errors(text: str) -> list[str]:
    """Where a document does not fit, as JSON paths."""
    found = Draft202012Validator(SCHEMA).iter_errors(parse_yaml(text, "x"))
    return sorted({error.json_path for error in found})


def test_it_is_a_schema_that_is_small() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert len(json.dumps(SCHEMA)) < 20_000
    assert "anyOf" not in json.dumps(SCHEMA)


FILES = [
    COMMANDS,
    *re.findall(r"```yaml\n(.*?)```", README, re.DOTALL),
    *(path.read_text(encoding="utf-8") for path in (ROOT / "fixtures").rglob("run.yaml")),
    "pipeline: m.n:f\nparameters: {a: [1]}\nsteps:\n"
    "  a: {parameters: {b: {}}, enable_cache: no, outputs: {o: {materializer: [x, {module: m,"
    " attribute: A}], artifact_config: {name: n, version: 1.10}}}}\n",
    "pipeline: m:f\nsettings: {docker: {}}\n",
    "pipeline: p\nvars: {a: 1}\ntags: ${t}\nsteps: {a: {command: '${c}', enable_cache: '${e}',"
    " timeout: '${t}', retries: '${r}', env: '${e}', outputs: {x: '${o}', y: {path: p, type:"
    " '${t}'}}}}\n",
    "pipeline: p\nsteps: {a: {outputs: [x, {path: y, type: ModelArtifact}]}}\n",
    "pipeline: p\nsteps: {a: {outputs: {x: y.txt}}}\n",
    "pipeline: p\nsteps: {a: {command: [a, 1, true], timeout: 90, retries: 0}}\n",
]


@pytest.mark.parametrize("text", FILES)
def test_what_is_right_fits(text: str) -> None:
    is_whole = re.search(r"^pipeline:", text, re.MULTILINE)
    # A file for `with_options` need not name the pipeline.
    assert errors(text) == [] if is_whole else errors(f"pipeline: m:f\n{text}") == []


def step(text: str) -> str:
    return f"pipeline: p\nsteps: {{a: {text}}}\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{}", "$"),
        ("[]", "$"),
        ("pipeline:", "$.pipeline"),
        ("pipeline: 5\nsteps: {a: {command: x}}", "$.pipeline"),
        ("pipeline: ''\nsteps: {a: {command: x}}", "$.pipeline"),
        ("pipeline: p\nsteps: {}", "$.steps"),
        ("pipeline: p\nsteps: {a: {command: x}}\nstepz: {}", "$"),
        ("pipeline: p\nsteps: {a: {command: x}}\nparameters: {a: 1}", "$.parameters"),
        ("pipeline: m:f\nsteps: {a: {command: x}}", "$.steps.a"),
        ("pipeline: m:f\nsteps: {a: {outputs: {o: {path: x}}}}", "$.steps.a.outputs.o"),
        (step("{}"), "$.steps.a"),
        (step("~"), "$.steps.a"),
        (step("echo hi"), "$.steps.a"),
        (step("{comand: x, outputs: [y]}"), "$.steps.a"),
        (step("{command: []}"), "$.steps.a.command"),
        (step("{command: {a: b}}"), "$.steps.a.command"),
        (step("{command: x, parameters: {}}"), "$.steps.a"),
        (step("{command: x, timeout: soon}"), "$.steps.a.timeout"),
        (step("{command: x, timeout: 0}"), "$.steps.a.timeout"),
        (step("{command: x, retries: -1}"), "$.steps.a.retries"),
        (step("{command: x, retries: 1.5}"), "$.steps.a.retries"),
        (step("{command: x, enable_cache: maybe}"), "$.steps.a.enable_cache"),
        (step("{command: x, env: [A]}"), "$.steps.a.env"),
        (step("{command: x, inputs: {a: [b]}}"), "$.steps.a.inputs.a"),
        (step("{outputs: x.txt}"), "$.steps.a.outputs"),
        (step("{outputs: [[x]]}"), "$.steps.a.outputs[0]"),
        (step("{outputs: {o: {tags: x}}}"), "$.steps.a.outputs.o"),
        (step("{outputs: {o: {path: x, vesion: 1}}}"), "$.steps.a.outputs.o"),
        (step("{outputs: {o: {path: x, type: modle}}}"), "$.steps.a.outputs.o.type"),
        (step("{outputs: {o: {path: x, tags: {a: b}}}}"), "$.steps.a.outputs.o.tags"),
        (step("{outputs: {o: {path: x, metadata: [a]}}}"), "$.steps.a.outputs.o.metadata"),
    ],
)
def test_what_is_wrong_is_pointed_to(text: str, path: str) -> None:
    assert path in errors(text)
    assert all(found.startswith(path) or found == "$" for found in errors(text))


RECORDS = {
    "commandStep": (STEP, "command"),
    "pythonStep": (STEP, "python"),
    "commandOutput": (OUTPUT, "command"),
    "pythonOutput": (OUTPUT, "python"),
    "artifact": (
        Record(
            "",
            ARTIFACT,
            next(key.shape.ignored for key in OUTPUT.keys if key.name == "artifact_config"),
        ),
        None,
    ),
}


def known_words(record: Record, executor: str | None) -> set[str]:
    keys = [key for key in record.keys if executor is None or key.only in (None, executor)]
    return {word for key in keys for word in (key.name, *key.also)} | record.ignored


def test_the_reader_and_the_schema_know_the_same_keys() -> None:
    assert SCHEMA["properties"].keys() == known_words(RUN, None)
    for name, (record, executor) in RECORDS.items():
        assert SCHEMA["$defs"][name]["properties"].keys() == known_words(record, executor), name
    source = SCHEMA["$defs"]["pythonOutput"]["properties"]["materializer"]
    assert source["properties"].keys() == known_words(SOURCE, None)


def test_every_key_says_what_it_is() -> None:
    objects = [SCHEMA, *SCHEMA["$defs"].values()]
    for one in objects:
        for name, value in one.get("properties", {}).items():
            ignored = value == {"$ref": "#/$defs/ignored"}
            assert ignored or value["description"], name


@pytest.mark.parametrize("word", ["pipeline", "steps", "command", "path", "artifact_config"])
def test_a_key_of_the_schema_is_one_that_the_reader_knows(tmp_path: Path, word: str) -> None:
    text = f"pipeline: p\n{word}x: 1\nsteps: {{a: {{{word}x: 1, outputs: [{{{word}x: 1}}]}}}}\n"
    found = [line for line in mistakes(tmp_path, text) if f"unknown key '{word}x'" in line]
    assert len(found) == 3
    assert any(f"did you mean '{word}'" in line for line in found)
