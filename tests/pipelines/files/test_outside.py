"""What comes from the environment: where it may stand, and that it is never kept."""

from pathlib import Path

import pytest

from tests.pipelines.files.configs import mistakes, read

ENVIRON = {"X": "hush hush", "S": "eu"}
DIRECT = "'${env:X}' would be recorded here; pass it in with --set x=… and write ${x}"
BY_NAME = (
    "'${key}' comes from the environment and would be recorded here; pass it in with --set key=…"
)


def file_with(key: str, value: str) -> str:
    """A file that has a text under a key, which is `steps.s.outputs.o.` and the last of it."""
    run = {"run": "x", "tags": "[a]", "substitutions": "{a: b}", "metadata": "{}"}
    output = {"name": "n", "version": "1", "tags": "[a]", "path": "p", "link": "no"}
    where = run if key in run else output
    where[key.removeprefix("output.")] = value
    outputs = ", ".join(f"{name}: {text}" for name, text in output.items())
    top = "".join(f"{name}: {text}\n" for name, text in run.items())
    return (
        f"pipeline: p\nvars: {{key: 'a${{env:X}}', far: '${{key}}'}}\n{top}"
        f"steps:\n  s: {{command: x, outputs: {{o: {{{outputs}}}}}}}\n"
    )


RECORDED = ["run", "tags", "substitutions", "output.name", "output.version", "output.tags"]


@pytest.mark.parametrize("key", RECORDED)
@pytest.mark.parametrize(
    ("use", "problem"),
    [("${env:X}", DIRECT), ("${key}", BY_NAME), ("${far}", BY_NAME.replace("key", "far"))],
)
def test_it_may_not_be_in_what_becomes_a_name(tmp_path: Path, key: str, use: str, problem: str):
    value = {"tags": f"['{use}']", "output.tags": f"'b-{use}'", "substitutions": f"{{a: '{use}'}}"}
    (line,) = mistakes(tmp_path, file_with(key, value.get(key, f"'a-{use}'")), environ=ENVIRON)
    assert line.endswith(problem)
    assert line[0].isdigit()


@pytest.mark.parametrize(
    "text", ["pipeline: '${env:X}'", "steps: {s: {outputs: {o: {materializer:"]
)
def test_nor_in_what_the_code_is_called(tmp_path: Path, text: str):
    text = text if text.startswith("pipeline") else f"pipeline: m:f\n{text} '${{env:X}}'}}}}}}}}"
    (line,) = mistakes(tmp_path, text, environ=ENVIRON)
    assert line.endswith(DIRECT)


def test_an_empty_one_and_a_default_are_no_exception(tmp_path: Path):
    text = "pipeline: p\ntags: ['a${env:X}', 'b${env:Y:-c}']\nsteps: {s: {command: x}}\n"
    first, second = mistakes(tmp_path, text, environ={"X": ""})
    assert first == f"2:8: tags[0]: {DIRECT}"
    assert second == (
        "2:21: tags[1]: '${env:Y:-c}' would be recorded here; pass it in with --set y=… "
        "and write ${y}"
    )


@pytest.mark.parametrize("value", ["'${env:X}/a'", "'${key}'"])
def test_the_path_of_a_linked_output_is_recorded(tmp_path: Path, value: str):
    text = file_with("output.path", value)
    assert read(tmp_path, text, environ=ENVIRON).steps["s"].outputs["o"].path
    (line,) = mistakes(tmp_path, text.replace("link: no", "link: yes"), environ=ENVIRON)
    assert "steps.s.outputs.o.path: " in line
    assert line.endswith(DIRECT if "env" in value else BY_NAME)
    listed = f"pipeline: p\nsteps: {{s: {{outputs: [{{path: {value}, link: yes}}]}}}}"
    listed = f"vars: {{key: '${{env:X}}'}}\n{listed}"
    (line,) = mistakes(tmp_path, listed, environ=ENVIRON)
    assert line.startswith("3:24: steps.s.outputs[0].path: ")


def test_in_metadata_stars_stand_for_it(tmp_path: Path):
    text = file_with("metadata", "{a: 'x ${env:X}', b: ['${key}', {c: '${env:S}'}], d: 1}")
    text += "  t: {outputs: {u: {path: p, metadata: {e: '${far}', f: '${env:Z:-z}'}}}}\n"
    config = read(tmp_path, text, environ=ENVIRON)
    assert config.metadata == {"a": "x ***", "b": ["a***", {"c": "***"}], "d": 1}
    assert config.steps["t"].outputs["u"].metadata == {"e": "a***", "f": "z"}


def test_it_may_be_in_all_that_is_only_used(tmp_path: Path):
    text = (
        "vars: {key: '${env:X}', list: ['${env:X}']}\nsteps:\n  s:\n    command: 'run ${key}'\n"
        "    env: {A: '${env:X}'}\n    sources: ['${key}']\n    inputs: {i: '${env:S}'}\n"
        "    outputs: {o: {path: '${key}', metadata_file: '${key}'}}\n"
        "  t: {command: '${list}', outputs: ['${key}']}\n"
    )
    config = read(tmp_path, text, environ=ENVIRON)
    step = config.steps["s"]
    assert (step.command, step.env, step.sources) == (
        "run hush hush",
        {"A": "hush hush"},
        ("hush hush",),
    )
    assert (step.inputs, step.outputs["o"].path) == ({"i": "eu"}, "hush hush")
    assert config.vars == {"key": "***", "list": ["***"]}


def test_a_variable_set_on_the_command_line_is_no_secret(tmp_path: Path):
    text = file_with("output.name", "'m-${key}'")
    config = read(tmp_path, text, environ=ENVIRON, overrides={"key": "mine"})
    assert config.steps["s"].outputs["o"].name == "m-mine"
    assert config.vars["far"] == "mine"
