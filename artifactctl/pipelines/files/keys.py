"""The description of the run file: every key with its shape and meaning.

The checker, the model and the JSON Schema are made from it. It has artifactctl's spellings of keys,
ZenML's (`also`), and ZenML's keys that have no effect here (`ignored`).
"""

from dataclasses import replace

from artifactctl.enums import ArtifactType, ColorVariants
from artifactctl.pipelines.files.building import (
    make_output,
    make_policy,
    make_retry,
    make_run,
    make_source,
    make_tag,
    read_output,
)
from artifactctl.pipelines.files.report import Executor
from artifactctl.pipelines.files.shapes import Key, ListOf, MapOf, OneOf, Record, Value, Word
from artifactctl.pipelines.files.words import (
    read_color,
    read_count,
    read_environment_name,
    read_expiry,
    read_flag,
    read_identifier,
    read_key,
    read_metadata_key,
    read_name,
    read_pipeline,
    read_reference,
    read_seconds,
    read_text,
    read_type,
    read_variable,
    read_version,
)
from artifactctl.pipelines.step_options import CachePolicy
from artifactctl.refs import check_name, check_new_tag

_SOME = {"minLength": 1}
_TEXT = Word(read_text, extra=_SOME, name="text")
_ANY_TEXT = Word(str, name="anyText")
_KEPT = Word(read_text, extra=_SOME, recorded=True)
_NAME = Word(read_name, extra=_SOME, recorded=True, name="name")
_VERSION = Word(read_version, recorded=True)
_PIPELINE = Word(read_pipeline, extra={"type": "string", **_SOME}, recorded=True)
_FLAG = Word(
    read_flag,
    "true or false",
    "boolean",
    {"pattern": "^([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$"},
    name="flag",
)
_COUNT = Word(read_count, "a whole number", "integer", {"minimum": 0, "pattern": "^[0-9]+$"})
_A_TIME = "a time such as 10m"
_SPAN = {"pattern": "^([0-9]+[dhm])*([0-9]+([.][0-9]+)?s?)?$"}
_DELAY = Word(read_expiry, _A_TIME, "number", {"minimum": 0, **_SPAN})
_TEXTS = OneOf(_TEXT, ListOf(_TEXT), is_several=True)
_TAG = Word(check_new_tag, extra=_SOME, recorded=True, name="tag")
_COLOR = Word(
    read_color,
    extra={"enum": [name for member in ColorVariants for name in (member.value, member.name)]},
    name="color",
)
_TAG_RECORD = Record(
    "keys and values of a tag",
    (
        Key("name", _TAG, "the tag", required=True),
        Key("exclusive", _FLAG, "whether one version or run has it at a time"),
        Key("cascade", _FLAG, "whether a run's tag is on every version that it makes"),
        Key("color", _COLOR, "how the tag is shown"),
    ),
    name="tagRecord",
    make=make_tag,
)
_TAGS = OneOf(_TAG, ListOf(OneOf(_TAG, mapping=_TAG_RECORD)), name="tags", is_several=True)
_METADATA = MapOf(read_metadata_key, Value("logged"), name="metadata")
_PARAMETERS = MapOf(read_key, Value(), name="parameters")
_TYPE = Word(
    read_type,
    extra={"enum": [name for member in ArtifactType for name in (member.short, member.value)]},
    name="type",
)

# ZenML's keys about the place where code runs and about its dashboard, for runs and steps.
_ELSEWHERE = frozenset({"enable_heartbeat", "model", "secrets"})
_ELSEWHERE_RUN = _ELSEWHERE | {
    "build", "enable_pipeline_logs", "end_hook_source", "execution_mode", "schedule",
    "start_hook_source",
}  # fmt: skip
_ELSEWHERE_STEP = _ELSEWHERE | {
    "experiment_tracker", "group", "heartbeat_healthy_threshold", "name", "runtime",
    "step_operator",
}  # fmt: skip
_ELSEWHERE_ARTIFACT = frozenset(
    {"is_deployment_artifact", "is_model_artifact", "model_name", "model_version", "overwrite"}
)


def _only(executor: Executor, *keys: Key) -> tuple[Key, ...]:
    """Keys that one executor takes; for the other one they are mistakes."""
    return tuple(replace(key, only=executor) for key in keys)


def _without_effect_on_commands(*keys: Key) -> tuple[Key, ...]:
    return tuple(replace(key, unless="command") for key in keys)


def _hook(name: str, attribute: str, when: str) -> Key:
    """The key of a hook; `attribute` is its name in ZenML's code, which a file may use too."""
    meaning = f"a function that is called {when}, as module.name"
    return Key(name, _HOOK, meaning, also=(attribute,), attribute=attribute)


ARTIFACT = (
    Key("name", _NAME, "the artifact's name; {date} and the like are filled in"),
    Key("version", _VERSION, "the version; it counts up when there is none"),
    Key("type", _TYPE, "what the artifact is: data, model …", also=("artifact_type",)),
    Key("tags", _TAGS, "tags of the version"),
    Key("metadata", _METADATA, "metadata of the version", also=("run_metadata",)),
)

SOURCE = Record(
    "module and attribute",
    (
        Key("module", _KEPT, "the module to import", required=True),
        Key("attribute", _KEPT, "the class in it", required=True),
    ),
    frozenset({"type"}),
    name="source",
    make=make_source,
)
_HOOK = OneOf(_KEPT, mapping=SOURCE, name="hook")

OUTPUT = Record(
    "keys and values of an output",
    (
        *ARTIFACT,
        *_only(
            "command",
            Key(
                "path",
                _TEXT,
                "the file or folder that the step writes, relative to this file's folder",
            ),
            Key("link", _FLAG, "leave the data where it is and record it"),
            Key("metadata_file", _TEXT, "JSON or YAML with further metadata"),
        ),
        Key(
            "materializer",
            OneOf(_KEPT, ListOf(OneOf(_KEPT, mapping=SOURCE), at_least=1), SOURCE),
            "what turns the object into files",
            also=("materializer_source",),
            only="python",
        ),
        Key(
            "artifact_config",
            Record("keys and values", ARTIFACT, _ELSEWHERE_ARTIFACT, name="artifact"),
            "the same keys as ZenML nests them",
        ),
    ),
    frozenset({"default_materializer_source"}),
    name="output",
    make=make_output,
)

_OUTPUT = OneOf(Word(read_output, extra=_SOME, only="command"), mapping=OUTPUT, name="output")
_OUTPUTS = OneOf(list=ListOf(_OUTPUT), mapping=MapOf(read_name, _OUTPUT))

_CACHE_POLICY = Record(
    "keys and values of a cache policy",
    (
        Key("include_step_code", _FLAG, "whether a change of the step's code counts"),
        Key("include_step_parameters", _FLAG, "whether another parameter counts"),
        Key("include_artifact_values", _FLAG, "whether inputs count by their content"),
        Key("include_artifact_ids", _FLAG, "whether inputs without that count by their ID"),
        Key("ignored_inputs", _TEXTS, "inputs and parameters that do not count"),
        Key("file_dependencies", _TEXTS, "files whose content counts"),
        Key(
            "source_dependencies",
            ListOf(Value()),
            "modules, classes and functions whose code counts, as module.name",
        ),
        Key("cache_func", Value(), "a function that gives a text that counts, as module.name"),
        Key(
            "expires_after",
            _DELAY,
            "for how long what a step made is reused: 10m, 90s, 1h30m, or seconds",
        ),
    ),
    make=make_policy,
)
_RETRY = Record(
    "keys and values of retries",
    (
        Key("max_retries", _COUNT, "how often a step that fails is tried again"),
        Key("delay", _DELAY, "the wait before the first retry: 10s, 1m, or seconds"),
        Key("backoff", _COUNT, "how many times as long each further wait is"),
    ),
    name="retry",
    make=make_retry,
)

# The keys of a step that may also be set for all steps.
_FOR_ALL = (
    Key("enable_cache", _FLAG, "whether earlier outputs may be reused"),
    *_without_effect_on_commands(
        Key("enable_artifact_metadata", _FLAG, "whether metadata is drawn from what is made"),
        Key("extra", _PARAMETERS, "values for the code"),
        Key(
            "settings",
            _PARAMETERS,
            "where and how ZenML runs the code; recorded with the run",
            note="has no effect here but is recorded",
        ),
        Key("enable_artifact_visualization", _FLAG, "whether what is made can be visualized"),
        Key("enable_step_logs", _FLAG, "whether what the steps print is kept"),
        Key(
            "environment",
            MapOf(read_environment_name, _ANY_TEXT, name="environment"),
            "environment variables while the functions of steps are executing",
        ),
        Key("retry", _RETRY, "how often a step that fails is tried again"),
        _hook("failure_hook_source", "on_failure", "with the error of a step"),
        _hook("success_hook_source", "on_success", "when a step has succeeded"),
    ),
    Key(
        "cache_policy",
        OneOf(Word(CachePolicy.from_string), mapping=_CACHE_POLICY, name="cachePolicy"),
        "what counts when it is asked whether earlier outputs may be reused",
        only="python",
    ),
    Key(
        "substitutions",
        MapOf(read_key, Word(str, recorded=True), name="substitutions"),
        "further placeholders in names",
    ),
)

STEP = Record(
    "keys and values of a step",
    (
        *_only(
            "command",
            Key(
                "command",
                OneOf(_TEXT, ListOf(_ANY_TEXT, at_least=1)),
                "what to execute: a text for the shell, or a list of words",
            ),
            Key(
                "inputs",
                MapOf(read_identifier, Word(read_reference)),
                "references to versions whose files the step reads",
            ),
            Key("env", MapOf(read_environment_name, _ANY_TEXT), "environment variables"),
            Key(
                "timeout",
                Word(read_seconds, _A_TIME, "number", {"exclusiveMinimum": 0, **_SPAN}),
                "how long the step may take: 10m, 90s, 1h30m, or seconds",
                attribute="timeout_s",
            ),
            Key("retries", _COUNT, "how often a failed command is tried again"),
            Key("sources", _TEXTS, "files that the step depends on, as patterns"),
            Key(
                "metrics",
                _TEXT,
                "the file of JSON, YAML or JSON lines that the command writes: metadata of the run",
            ),
        ),
        Key("parameters", _PARAMETERS, "parameters of the step's function", only="python"),
        *_FOR_ALL,
        Key("outputs", _OUTPUTS, "what the step makes, by key or as a list"),
    ),
    _ELSEWHERE_STEP,
    instead="command",
    name="step",
)

RUN = Record(
    "keys and values",
    (
        Key("pipeline", _PIPELINE, "a name, or module:function of a Python pipeline"),
        Key(
            "run",
            _NAME,
            "the run's name; {date} and the like are filled in",
            also=("run_name",),
            attribute="run_name",
        ),
        Key(
            "vars",
            MapOf(read_variable, Value("variable")),
            "values for ${name} in this file; ${env:NAME} reads the environment, and"
            " ${env:NAME:-text} is the text where NAME is not set or empty",
        ),
        Key("tags", _TAGS, "tags of the run; texts are also on every version that it makes"),
        Key("metadata", _METADATA, "metadata of the run"),
        Key("parameters", _PARAMETERS, "parameters of the pipeline's function", only="python"),
        *_FOR_ALL,
        *_without_effect_on_commands(
            _hook("init_hook_source", "on_init", "before the first step"),
            Key(
                "init_hook_kwargs",
                _PARAMETERS,
                "the arguments of that function",
                also=("on_init_kwargs",),
                attribute="on_init_kwargs",
            ),
            _hook("cleanup_hook_source", "on_cleanup", "after the last step"),
        ),
        Key("steps", MapOf(check_name, STEP), "the steps, by name"),
    ),
    _ELSEWHERE_RUN,
    make=make_run,
)
