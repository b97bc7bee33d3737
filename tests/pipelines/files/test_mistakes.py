"""Files of runs with mistakes: all are found at once, each with its place and what to do."""

from pathlib import Path

import pytest

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.files import run_config_of
from artifactctl.pipelines.files.report import SHOWN_MISTAKES
from tests.pipelines.files.configs import mistakes, read

MANY = """\
pipeline: iris_training
tags: [a, "b,c"]
stepz: 1
run: a
run_name: b
steps:
  load:
    command: [python]
    retries: -1
    timeout: soon
    inputs: {b: iris_training::trian::output}
    outputs:
      x: {vesion: 1, version: a b, path: y, metadata: {1: 2, c: .nan, d: 0123}}
  train:
    enable_cache: maybe
    outputs:
      - {name: -a, type: modle, path: ""}
      - [a]
"""


def test_all_mistakes_are_found_at_once_in_the_order_of_the_file(tmp_path: Path):
    types = "data_analysis, data, model, schema, service, statistics, base"
    assert mistakes(tmp_path, MANY) == [
        "2:11: tags[1]: tag 'b,c' must not contain ',' or '@'",
        "3:1: unknown key 'stepz'; did you mean 'steps'?",
        "5:1: 'run' and 'run_name' are the same key; give one of them",
        "9:14: steps.load.retries: must be a whole number from 0, not '-1'",
        "10:14: steps.load.timeout: must be a time such as 10m, 90s or 1h30m, not 'soon'",
        "11:14: steps.load.inputs.b: there is no step 'trian' in this file; did you mean 'train'?",
        "13:11: steps.load.outputs.x: unknown key 'vesion'; did you mean 'version'?",
        "13:31: steps.load.outputs.x.version: version 'a b' must be letters, digits and '_.+-', "
        "starting with a letter, digit or '_'",
        "13:56: steps.load.outputs.x.metadata: key '1' is not text; quote it",
        "13:65: steps.load.outputs.x.metadata.c: '.nan' is not a number that can be kept; "
        "leave it out or use null",
        "13:74: steps.load.outputs.x.metadata.d: '0123' is octal in YAML 1.1 and decimal in "
        "1.2; put it in quotes",
        "15:19: steps.train.enable_cache: must be true or false, not 'maybe'",
        "17:16: steps.train.outputs[0].name: name '-a' must not start with '-' or '.'",
        f"17:26: steps.train.outputs[0].type: type 'modle' is not known; use one of {types}",
        "17:39: steps.train.outputs[0].path: must not be empty",
        "18:9: steps.train.outputs[1]: must be a text or keys and values of an output, not a list",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x 1", "1:4: anchors are refused"),
        ("tags: *x", "1:7: aliases are refused"),
        ("tags: !!set {x}", "1:7: tags such as tag:yaml.org,2002:set are refused"),
        ("run: !!python/name:os.system", "1:6: tags such as tag:yaml.org,2002:python/name"),
        ("run: a\n<<: {tags: [a]}", "2:1: merge keys are refused"),
        ("run: a\nrun: b", "2:1: key 'run' is given twice"),
        ("settings: {a: 1, a: 2}", "1:18: settings: key 'a' is given twice"),
        ("tags: [{name: a, color: pnik}]", "1:25: tags[0].color: color 'pnik' is not known"),
        ("null: 1", "1:1: key 'null' is not text; quote it"),
        ("no: 1", "1:1: unknown key 'no'"),
        ("metadata: {a: [0o17]}", "1:16: metadata.a[0]: '0o17' is octal in YAML 1.1"),
        ("? [a]\n: 1", "1:3: a key must be a text"),
        ("run: a\n---\nrun: b", "3:1: there is a second document"),
        ("run: [a", "2:1: did not find expected ',' or ']'"),
        (
            "vars: {a: b}\ntags: [${a}]",
            "2:9: did not find expected ',' or ']'; put a text with '${",
        ),
        ("run: a: b", "1:7: mapping values are not allowed"),
        ("a", "1:1: must be keys and values, not a text"),
        ("[]", "1:1: must be keys and values, not a list"),
    ],
)
def test_what_a_document_may_not_have_is_refused(tmp_path: Path, text: str, problem: str):
    lines = mistakes(tmp_path, text)
    assert any(line.startswith(problem) for line in lines)


def steps(text: str) -> str:
    return f"pipeline: p\nsteps:\n  a: {text}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "{command: x, parameters: {}}",
            "3:19: steps.a.parameters: is for steps written in Python",
        ),
        (
            "{command: x, outputs: {o: {path: y, materializer_source: z}}}",
            "3:42: steps.a.outputs.o.materializer_source: is for steps written in Python",
        ),
        ("{command: x, outputs: {o: {tags: y}}}", "3:29: steps.a.outputs.o: 'path' is missing"),
        ("{command: x, outputs: {o: }}", "3:29: steps.a.outputs.o: 'path' is missing"),
        ("{command: [], outputs: []}", "3:16: steps.a.command: must not be empty"),
        ("{command: x, env: {A: ~}}", "3:28: steps.a.env.A: must be a text; '' is an empty one"),
        ("{command: x, env: {A=B: 1}}", "3:25: steps.a.env: 'A=B' cannot be the name of"),
        ("{command: x, inputs: {a-b: c}}", "3:28: steps.a.inputs: 'a-b' must be letters, digits"),
        ("{command: x, inputs: {a: 'b:c@d'}}", "3:31: steps.a.inputs.a: reference 'b:c@d' has a"),
        ("{command: x, inputs: {a: b, A: c}}", "3:34: steps.a.inputs.A: has the same environment"),
        ('{command: "x\\0"}', "3:16: steps.a.command: must be valid Unicode without NUL"),
        (
            "{command: x, outputs: [{path: y, name: n}, {path: z, name: n}]}",
            "3:49: steps.a.outputs: output 'n' is given twice",
        ),
        (
            "{outputs: {o: {name: n, artifact_config: {name: m}}}}",
            "3:48: steps.a.outputs.o: 'name' is given here and in 'artifact_config'",
        ),
        (
            "{outputs: {o: {materializer_source: {module: m}}}}",
            "3:42: steps.a.outputs.o.materializer_source: 'attribute' is missing",
        ),
        ("{command: x, timeout: 0}", "3:28: steps.a.timeout: must be a time such as"),
        ("{command: x, outputs: {'n{y}': {path: z}}}", "3:29: steps.a.outputs.n{y}.name: nothing"),
    ],
)
def test_a_step_with_one_mistake_is_told_that_one(tmp_path: Path, text: str, problem: str):
    (line,) = mistakes(tmp_path, steps(text))
    assert line.startswith(problem)


def test_a_pipeline_of_python_has_no_commands(tmp_path: Path):
    text = "pipeline: a.b:c\nsteps: {s: {command: x, parameters: {y: 1}}}"
    (line,) = mistakes(tmp_path, text)
    assert line.startswith("2:13: steps.s.command: is for steps that are commands")


@pytest.mark.parametrize("name", ["a:b.c:d", "a b:c", ":c", "a/b", "1:2", ""])
def test_a_pipeline_is_a_name_or_a_function(tmp_path: Path, name: str):
    assert mistakes(tmp_path, f"pipeline: {name!r}")[0].startswith("1:11: pipeline: ")


def commands(inputs: str, *outputs: str) -> str:
    made = (
        f"{{command: x, inputs: {inputs}, outputs: {{{name}: {{path: y}}}}}}" for name in outputs
    )
    return "pipeline: p\nsteps:\n" + "".join(f"  s{at}: {step}\n" for at, step in enumerate(made))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (commands("{a: m}", "m"), "3:29: steps.s0.inputs.a: the step makes 'm' itself"),
        (commands("{a: p::s9::output}", "m"), "there is no step 's9' in this file"),
        (commands("{a: p::s0::output}", "m"), "step 's0' has no unnamed output 'output'"),
        (commands("{a: m}", "m", "m", "n"), "'m' is made more than once in this file"),
    ],
)
def test_an_input_must_mean_one_output(tmp_path: Path, text: str, problem: str):
    assert any(problem in line for line in mistakes(tmp_path, text))


def test_steps_that_wait_for_each_other_are_a_mistake(tmp_path: Path):
    text = (
        "steps:\n  a: {command: x, inputs: {i: c1}, outputs: {a1: {path: y}}}\n"
        "  b: {command: x, inputs: {i: a1}, outputs: {b1: {path: y}}}\n"
        "  c: {command: x, inputs: {i: 'b1'}, outputs: {c1: {path: y, version: v}}}\n"
    )
    assert mistakes(tmp_path, text) == [
        "2:19: steps.a.inputs: steps form a cycle: a -> b -> c -> a"
    ]
    assert read(tmp_path, text.replace("i: c1", "i: c1:latest"))
    assert mistakes(tmp_path, text.replace("i: c1", "i: c1:v"))


def test_one_version_is_made_once(tmp_path: Path):
    one = "{command: x, outputs: {o: {path: y, name: n, version: v}}}"
    assert mistakes(tmp_path, f"steps:\n  a: {one}\n  b: {one}\n") == [
        "3:51: steps.b.outputs.o.version: another output of this file is that version"
    ]


@pytest.mark.parametrize(
    ("name", "right"),
    [("n_{date}", True), ("n_{x}", True), ("n_{slash}", False), ("{long}{long}", False)],
)
def test_names_are_checked_as_they_will_be(tmp_path: Path, name: str, right: bool):
    text = (
        f"substitutions: {{x: y, slash: a/b, long: {'a' * 200}}}\n"
        f"steps: {{s: {{outputs: {{o: {{name: '{name}', version: 'v_{{date}}'}}}}}}}}"
    )
    if right:
        assert read(tmp_path, text).steps["s"].outputs["o"].name == name
    else:
        (line,) = mistakes(tmp_path, text)
        assert line.startswith("2:27: steps.s.outputs.o.name: name '")
        assert line.endswith("(with its placeholders filled in)")


def test_mistakes_beyond_a_hundred_are_counted(tmp_path: Path):
    lines = mistakes(tmp_path, "".join(f"abc{number}: 1\n" for number in range(5000)))
    assert len(lines) == SHOWN_MISTAKES + 1
    assert lines[-1] == f"{5000 - SHOWN_MISTAKES} more mistakes"


def test_a_mistake_is_one_short_line(tmp_path: Path):
    long = "a" * 10_000
    text = f'"x\\n\\e[1m": 1\n"{long[:900]}": 1\nrun: {long}\nsteps: {{"{long[:900]}": 1}}'
    lines = mistakes(tmp_path, text)
    assert len(lines) == 4
    assert all(line.isprintable() and len(line) < 250 for line in lines)


def test_a_mapping_of_python_is_checked_likewise():
    with pytest.raises(InvalidInputError) as caught:
        run_config_of({"steps": {"s": {"parametres": {}, "enable_cache": 3}, 1: {}}}, "options")
    assert caught.value.message == "options has 3 mistakes"
    assert caught.value.details == (
        "options: steps.s.enable_cache: must be true or false, not '3'",
        "options: steps.s: unknown key 'parametres'; did you mean 'parameters'?",
        "options: steps: key '1' is not text; quote it",
    )
