"""`${name}` and `${env:NAME}`."""

from pathlib import Path

import pytest

from artifactctl.errors import InvalidInputError
from tests.effort import counted
from tests.pipelines.files.configs import mistakes, read


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${seed}", 7),
        ('"${seed}"', 7),
        ("n${seed}", "n7"),
        ("${seed}${seed}", "77"),
        ("$${seed}", "${seed}"),
        ("$$${seed} $$ $x", "$${seed} $$ $x"),
        ("${version}", 1.1),
        ("v${version}", "v1.10"),
        ("${sizes}", [1, 2]),
        ("${both}", "a-7"),
        ("${env:HOST}", "5"),
    ],
)
def test_a_use_is_filled_in_and_a_whole_one_keeps_its_type(
    tmp_path: Path, written: str, value: object
):
    text = (
        "vars: {seed: 7, version: 1.10, sizes: [1, 2], both: 'a-${seed}'}\n"
        f"parameters:\n  x: {written}\n  y:\n  - z: {written}\n"
    )
    config = read(tmp_path, text, environ={"HOST": "5"})
    assert config.parameters == {"x": value, "y": [{"z": value}]}


def test_words_are_filled_in_as_they_were_written(tmp_path: Path):
    text = (
        "vars: {v: 1.10, flag: no, n: 2, t: 5m, z: 0123, words: [a, 1.10]}\n"
        "tags: ['${v}', '${z}']\n"
        "steps:\n  s:\n    command: ${words}\n    enable_cache: ${flag}\n    retries: ${n}\n"
        "    timeout: ${t}\n    outputs: {o: {path: 'x/${v}', version: '${v}'}}\n"
    )
    config = read(tmp_path, text)
    step = config.steps["s"]
    assert config.tags == ("1.10", "0123")
    assert (step.command, step.enable_cache, step.retries) == (("a", "1.10"), False, 2)
    assert (step.timeout_s, step.outputs["o"].version) == (300, "1.10")


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("8", 8),
        ("1.10", 1.1),
        ("", ""),
        ("other data", "other data"),
        ("[1, b]", [1, "b"]),
        ('"8"', "8"),
        ("[draft", "[draft"),
        ("${a}", "${a}"),
    ],
)
def test_an_override_wins_over_the_file(tmp_path: Path, word: str, value: object):
    text = "vars: {a: 1, b: '${a}'}\nparameters: {x: '${b}', y: '${needed}'}"
    config = read(tmp_path, text, overrides={"a": word, "needed": "z"})
    assert config.parameters == {"x": value, "y": "z"}
    assert config.vars.keys() == {"a", "b", "needed"}
    assert config.vars["a"] == config.vars["b"]


def test_an_override_of_nothing_is_a_mistake(tmp_path: Path):
    assert mistakes(tmp_path, "vars: {seed: 7}", overrides={"sede": "1"}) == [
        "there is no variable 'sede' to set; did you mean 'seed'?"
    ]


def test_values_of_the_environment_are_remembered_and_in_no_message(tmp_path: Path):
    text = "vars: {key: '${env:KEY}'}\nsteps: {a: {command: x, env: {K: '${key}'}}}"
    config = read(tmp_path, text, environ={"KEY": "hush hush"})
    assert config.steps["a"].env == {"K": "hush hush"}
    assert config.secrets == {"hush hush"}
    assert "secrets" not in repr(config)
    wrong = "run: '/${key}'\ntags: ['${key},']\nenable_cache: '${key}'\npipeline: '${key}/{x}'\n"
    lines = mistakes(tmp_path, wrong + text, environ={"KEY": "hush hush"})
    assert len(lines) == 4
    assert not any("hush" in line for line in lines)


@pytest.mark.parametrize(
    ("use", "problem"),
    [
        ("${sead}", "variable ${sead} is not in vars; did you mean 'seed'?"),
        ("${HOME}", "variable ${HOME} is not in vars; the environment's is ${env:HOME}"),
        (
            "${HOME:-/}",
            "${HOME:-/} is not a variable; write $${HOME:-/} to leave it as it is; "
            "${env:HOME:-/} is the environment's",
        ),
        ("${env:NONE}", "environment variable 'NONE' is not set"),
        ("${}", "${} is not a variable; write $${} to leave it as it is"),
        ("a${b", "'${' is not closed; write '$${' for these characters"),
        ("a${sizes}", "${sizes} is not a text, so it can only stand alone"),
        ("${wrong}", None),
    ],
)
def test_a_use_that_means_nothing_is_the_only_mistake(
    tmp_path: Path, use: str, problem: str | None
):
    text = f"vars: {{seed: 7, sizes: [1], wrong: '${{later}}'}}\nenable_cache: '{use}'"
    lines = mistakes(tmp_path, text, environ={"HOME": "/"})
    expected = [f"2:15: enable_cache: {problem}"] if problem else []
    assert lines == [
        "1:36: vars.wrong: variable ${later} is not in vars",
        *expected,
    ]


def test_a_mistake_in_a_variable_is_shown_where_it_is_used(tmp_path: Path):
    text = "vars: {n: -1}\nsteps: {a: {command: x, retries: '${n}'}}"
    (line,) = mistakes(tmp_path, text)
    assert line.startswith("2:34: steps.a.retries: must be a whole number from 0, not '${n}'")


def test_a_variable_is_typed_only_where_a_value_is_wanted(tmp_path: Path):
    assert read(tmp_path, "vars: {z: 0123}\nrun: ${z}").vars == {"z": "0123"}
    (line,) = mistakes(tmp_path, "vars: {z: 0123}\nparameters:\n  x: ${z}")
    assert line.startswith("3:6: parameters.x: '0123' is octal")


def test_keys_are_not_filled_in(tmp_path: Path):
    assert mistakes(tmp_path, "vars: {a: b}\nsteps: {'${a}': {}}") == [
        "2:9: steps: '${a}': variables are not filled in in keys"
    ]


@pytest.mark.parametrize("pair", ["'${{{0}}}${{{0}}}'", "['${{{0}}}', '${{{0}}}']"])
def test_variables_that_would_grow_without_end_are_refused_at_once(tmp_path: Path, pair: str):
    lines = ["vars:", "  a0: lol", *(f"  a{n}: {pair.format(f'a{n - 1}')}" for n in range(1, 40))]
    with counted() as effort:
        found = mistakes(tmp_path, "\n".join(lines))
    assert any("more than 1 MiB" in line or "nested deeper" in line for line in found)
    assert effort.calls < 20_000_000, effort


def test_a_variable_may_not_nest_without_end(tmp_path: Path):
    lines = ["vars:", "  a0: 1", *(f"  a{n}: ['${{a{n - 1}}}']" for n in range(1, 2000))]
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, "\n".join(lines))
    assert "nested deeper than 32 levels" in caught.value.details[0]


@pytest.mark.parametrize(
    ("use", "environ", "value"),
    [
        ("${env:A:-b c}", {}, "b c"),
        ("${env:A:-b c}", {"A": ""}, "b c"),
        ("${env:A:-b}", {"A": "x"}, "x"),
        ("v${env:A:-}", {}, "v"),
        ("${env:A:-:-}", {}, ":-"),
    ],
)
def test_an_environment_variable_may_have_a_default(tmp_path: Path, use, environ, value):
    config = read(tmp_path, f"parameters: {{x: '{use}'}}", environ=environ)
    assert config.parameters == {"x": value}
    assert config.secrets == frozenset(filter(None, environ.values()))


@pytest.mark.parametrize(
    ("use", "advice"),
    [
        ("${HOME}", "the environment's is ${env:HOME}; the shell's own is $HOME or $${HOME}"),
        ("${i}", "the shell's own is $i or $${i}"),
    ],
)
def test_in_a_command_the_shells_variables_are_thought_of(tmp_path: Path, use: str, advice: str):
    text = f"steps: {{a: {{command: 'ls {use}'}}}}"
    (line,) = mistakes(tmp_path, text, environ={"HOME": "/"})
    assert line == f"1:22: steps.a.command: variable {use} is not in vars; {advice}"


def test_variables_stand_in_any_order(tmp_path: Path):
    text = "vars: {a: '${b}-${c}', b: '${c}', d: [1, '${b}'], c: 1.10}\nrun: r ${a}\n"
    config = read(tmp_path, text)
    assert config.run_name == "r 1.10-1.10"
    assert config.vars == {"a": "1.10-1.10", "b": "1.10", "d": [1, "1.10"], "c": "1.10"}


def test_variables_that_are_made_of_each_other_are_a_mistake_with_their_path(tmp_path: Path):
    text = (
        "vars:\n  x: ${a}\n  a: ${b}\n  b: 'v${c}'\n  c: ['${a}']\n  s: ${s}\n  ok: 1\n"
        "steps:\n  one: {command: 'echo ${x} ${b} ${s}'}\n"
    )
    assert mistakes(tmp_path, text) == [
        "3:3: vars.a: variables form a cycle: a -> b -> c -> a",
        "6:3: vars.s: variables form a cycle: s -> s",
    ]
    assert read(tmp_path, text, overrides={"b": "1", "s": "2"}).vars["x"] == 1


def test_many_variables_that_are_made_of_each_other_are_found_at_once(tmp_path: Path):
    lines = ["vars:", *(f"  a{n}: ${{a{(n + 1) % 20000}}}" for n in range(20000))]
    with counted() as effort:
        (line,) = mistakes(tmp_path, "\n".join(lines))
    assert "vars.a0: variables form a cycle: a0 -> a1 -> a2 -> " in line
    assert effort.calls < 20_000_000, effort


def test_variables_are_kept_with_their_types_and_no_digit_is_lost(tmp_path: Path):
    text = (
        "vars: {c: 1.10, d: no, f: 0o17, n: ~, l: [1.0, {a: 1e3}], e: 'x ${env:KEY}', q: '7'"
        f", t: true, i: 12345678901234567890, long: 0.{'1' * 40}, inf: .inf, k: '${{env:N}}'"
        ", w: '${i}', m: 'a${i}', git: 6063e25, o: '${env:LR:-0.1}'}\n"
        "steps: {a: {command: 'echo ${c} ${d} ${f} ${e} ${g}'}}\n"
    )
    config = read(tmp_path, text, environ={"KEY": "hush", "N": "5"}, overrides={"g": "0x1"})
    assert config.steps["a"].command == "echo 1.10 no 0o17 x hush 0x1"
    assert config.vars == {
        "c": "1.10",
        "d": "no",
        "f": "0o17",
        "n": None,
        "l": [1.0, {"a": 1000.0}],
        "e": "x ***",
        "q": "7",
        "t": True,
        "i": 12345678901234567890,
        "long": f"0.{'1' * 40}",
        "inf": ".inf",
        "k": "***",
        "w": 12345678901234567890,
        "m": "a12345678901234567890",
        "git": "6063e25",
        "o": "0.1",
        "g": 1,
    }


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("7", 7),
        ("0.05", 0.05),
        ("1e-3", 0.001),
        ("true", True),
        ("null", None),
        ("3.10", "3.10"),
        ("007", "007"),
        ('"7"', "7"),
        ("", ""),
        ("no", "no"),
        ("[1, 2.5]", [1, 2.5]),
    ],
)
def test_a_variable_that_is_set_is_typed_as_one_in_the_file(tmp_path: Path, word: str, value):
    found = read(tmp_path, "vars: {a: 1}", overrides={"a": word}).vars["a"]
    assert (found, type(found)) == (value, type(value))


def test_a_variable_that_is_only_set_is_typed_too(tmp_path: Path):
    text = "steps: {s: {command: 'x ${a} ${b}'}}"
    config = read(tmp_path, text, overrides={"a": "7", "b": "007"})
    assert config.vars == {"a": 7, "b": "007"}
