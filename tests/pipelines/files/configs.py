"""Configurations to test with: written out as files, and made up by hypothesis."""

from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
import yaml
from hypothesis import strategies as st

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.files import OutputConfig, RunConfig, StepConfig, read_run_file
from artifactctl.tags import Tag


def read(tmp_path: Path, text: str, **options: Any) -> RunConfig:
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return read_run_file(path, **options)


def mistakes(tmp_path: Path, text: str, **options: Any) -> list[str]:
    """What is wrong with a file: `12:5: steps.train: …`, a line each."""
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, text, **options)
    details = caught.value.details
    several = "1 mistake" if len(details) == 1 else "mistakes"
    assert caught.value.message.endswith(several)
    return [line.removeprefix(f"{tmp_path / 'run.yaml'}:").strip() for line in details]


class _Dumper(yaml.SafeDumper):
    """Texts in quotes: what is plain to PyYAML (1e3) may be a number to others."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
)


def dumped(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False)


def escaped(value: Any) -> Any:
    """The same for a file, in which `${x}` would be a variable."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {key: escaped(item) for key, item in value.items()}
    return [escaped(item) for item in value] if isinstance(value, list) else value


def mapping_of(config: RunConfig) -> dict[str, Any]:
    """What a file says that is read as `config`."""
    said = _said(config, "path", "secrets", "places", "run_name", "steps", "notes", "report")
    if config.run_name is not None:
        said["run"] = config.run_name
    said["steps"] = {name: _step(step) for name, step in config.steps.items()}
    return said


def _step(step: StepConfig) -> dict[str, Any]:
    said = _said(step, "timeout_s", "outputs")
    said["outputs"] = {key: _said(output, "key") for key, output in step.outputs.items()}
    return said | ({"timeout": step.timeout_s} if step.timeout_s else {})


_FLAG_NAMES = ("enable_cache", "enable_artifact_metadata", "enable_artifact_visualization")


def _said(config: Any, *but: str) -> dict[str, Any]:
    values = {name: getattr(config, name) for name in config.__dataclass_fields__}
    flags = [name for name, value in values.items() if name in _FLAG_NAMES and value is False]
    return {
        name: list(map(_tag, value)) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in but and value not in ({}, (), 0, None)
    } | dict.fromkeys(flags, False)


def _tag(one: Any) -> Any:
    if not isinstance(one, Tag):
        return one
    said = {"name": one.name, "exclusive": one.exclusive, "cascade": one.cascade}
    return {key: value for key, value in said.items() if value is not None}


WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
_LETTERS = st.characters(categories=["L", "N", "P", "S"], exclude_characters="/\\@:{},$")
LABELS = st.text(_LETTERS, max_size=9).map(lambda text: normalize("NFC", f"x{text}"))
NAMES = LABELS | WORDS.map(lambda word: f"{word}_{{date}}")
VERSIONS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,6}", fullmatch=True).filter(
    lambda version: version != "latest"
)
_OWN = st.builds(Tag, LABELS, exclusive=st.booleans())
_CASCADING = st.builds(Tag, LABELS, exclusive=st.booleans(), cascade=st.booleans())
TAGS = st.lists(LABELS | _OWN, unique=True, max_size=3).map(tuple)
_RUN_TAGS = st.lists(LABELS | _CASCADING, unique=True, max_size=3).map(tuple)
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)
_FLAGS = st.none() | st.booleans()
_VALUES = st.dictionaries(WORDS, JSON, max_size=3)
_SUBSTITUTIONS = st.dictionaries(WORDS, WORDS, max_size=2)


def _outputs(**fields: Any) -> st.SearchStrategy[dict[str, OutputConfig]]:
    made = st.builds(
        OutputConfig,
        key=LABELS,
        name=NAMES,
        version=st.none() | VERSIONS,
        type=st.none() | st.sampled_from(ArtifactType),
        tags=TAGS,
        metadata=_VALUES,
        **fields,
    )
    several = st.lists(made, max_size=2, unique_by=lambda output: output.key)
    return several.map(lambda outputs: {output.key: output for output in outputs})


_FUNCTIONS = st.builds(
    StepConfig,
    parameters=_VALUES,
    enable_cache=_FLAGS,
    enable_artifact_metadata=_FLAGS,
    enable_artifact_visualization=_FLAGS,
    extra=_VALUES,
    substitutions=_SUBSTITUTIONS,
    outputs=_outputs(materializer=st.none() | TEXTS | st.tuples(TEXTS, TEXTS)),
)
_COMMANDS = st.builds(
    StepConfig,
    enable_cache=_FLAGS,
    substitutions=_SUBSTITUTIONS,
    outputs=_outputs(path=TEXTS, link=st.booleans(), metadata_file=st.none() | TEXTS),
    command=TEXTS | st.tuples(TEXTS, TEXTS),
    inputs=st.dictionaries(WORDS.map(str.upper), WORDS.map("{}:1".format), max_size=2),
    env=st.dictionaries(WORDS, TEXTS, max_size=2),
    timeout_s=st.none() | st.floats(0.5, 1e6).map(lambda seconds: round(seconds, 3)),
    retries=st.integers(0, 9),
    sources=st.lists(TEXTS, unique=True, max_size=2).map(tuple),
    metrics=st.none() | TEXTS,
)


def _runs(pipeline: Any, steps: Any, **fields: Any) -> st.SearchStrategy[RunConfig]:
    return st.builds(
        RunConfig,
        pipeline=pipeline,
        run_name=st.none() | NAMES,
        vars=st.dictionaries(WORDS, JSON, max_size=3),
        tags=_RUN_TAGS,
        metadata=_VALUES,
        enable_cache=_FLAGS,
        substitutions=_SUBSTITUTIONS,
        steps=st.dictionaries(LABELS, steps, max_size=2),
        **fields,
    )


_OF_PYTHON = {
    "parameters": _VALUES,
    "extra": _VALUES,
    "enable_artifact_metadata": _FLAGS,
    "enable_artifact_visualization": _FLAGS,
}
CONFIGS = _runs(st.just("made:function"), _FUNCTIONS, **_OF_PYTHON) | _runs(LABELS, _COMMANDS)
