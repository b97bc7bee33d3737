"""The one description of the file: every key, its shape, and what it says.

The checker, the model and the JSON Schema are made from it. Both spellings are in it, ours and
ZenML's (`also`), and what ZenML knows and nothing here needs (`ignored`).
"""

from artifactctl.enums import ArtifactType
from artifactctl.pipelines.run_file.shapes import Key, ListOf, MapOf, OneOf, Record, Value, Word
from artifactctl.pipelines.run_file.words import (
    read_count,
    read_environment_name,
    read_flag,
    read_identifier,
    read_key,
    read_metadata_key,
    read_name,
    read_pipeline,
    read_reference,
    read_seconds,
    read_text,
    read_variable,
    read_version,
)
from artifactctl.refs import check_name, check_tag

_TEXT = Word(read_text)
_ANY_TEXT = Word(str)
_FLAG = Word(read_flag, "true or false", "boolean")
_TEXTS = OneOf(_TEXT, ListOf(_TEXT))
_TAGS = OneOf(Word(check_tag), ListOf(Word(check_tag)))
_METADATA = MapOf(read_metadata_key, Value(logged=True))
_PARAMETERS = MapOf(read_key, Value())
_SUBSTITUTIONS = MapOf(read_key, _ANY_TEXT)
_TYPE = Word(ArtifactType.parse, extra={"examples": [member.short for member in ArtifactType]})

# Where code runs and what a dashboard shows: ZenML's, for a run and for a step.
_ELSEWHERE = frozenset(
    {
        "cache_policy", "enable_artifact_metadata", "enable_artifact_visualization",
        "enable_heartbeat", "enable_step_logs", "environment", "extra", "failure_hook_source",
        "model", "retry", "secrets", "settings", "success_hook_source",
    }
)  # fmt: skip
_ELSEWHERE_RUN = _ELSEWHERE | {
    "build", "cleanup_hook_source", "enable_pipeline_logs", "end_hook_source", "execution_mode",
    "init_hook_kwargs", "init_hook_source", "schedule", "start_hook_source",
}  # fmt: skip
_ELSEWHERE_STEP = _ELSEWHERE | {
    "experiment_tracker", "group", "heartbeat_healthy_threshold", "name", "runtime",
    "step_operator",
}  # fmt: skip
_ELSEWHERE_ARTIFACT = frozenset(
    {"is_deployment_artifact", "is_model_artifact", "model_name", "model_version", "overwrite"}
)

ARTIFACT = (
    Key("name", Word(read_name), "the artifact's name; {date} and the like are filled in"),
    Key("version", Word(read_version), "the version; it counts up when there is none"),
    Key("type", _TYPE, "what the artifact is: data, model …", also=("artifact_type",)),
    Key("tags", _TAGS, "tags of the version"),
    Key("metadata", _METADATA, "metadata of the version", also=("run_metadata",)),
)

SOURCE = Record(
    "module and attribute",
    (
        Key("module", _TEXT, "the module to import", required=True),
        Key("attribute", _TEXT, "the class in it", required=True),
    ),
    frozenset({"type"}),
)

OUTPUT = Record(
    "keys and values of an output",
    (
        *ARTIFACT,
        Key(
            "path",
            _TEXT,
            "the file or folder that the step writes, relative to this file's folder",
            only="command",
        ),
        Key("link", _FLAG, "leave the data where it is and record it", only="command"),
        Key("metadata_file", _TEXT, "JSON or YAML with further metadata", only="command"),
        Key(
            "materializer",
            OneOf(_TEXT, ListOf(OneOf(_TEXT, mapping=SOURCE), at_least=1), SOURCE),
            "what turns the object into files",
            also=("materializer_source",),
            only="python",
        ),
        Key(
            "artifact_config",
            Record("keys and values", ARTIFACT, _ELSEWHERE_ARTIFACT),
            "the same keys as ZenML nests them",
        ),
    ),
    frozenset({"default_materializer_source"}),
)

_OUTPUTS = OneOf(
    list=ListOf(OneOf(_TEXT, mapping=OUTPUT)),
    mapping=MapOf(read_name, OUTPUT),
)

STEP = Record(
    "keys and values of a step",
    (
        Key(
            "command",
            OneOf(_TEXT, ListOf(_ANY_TEXT, at_least=1)),
            "what to execute: a text for the shell, or a list of words",
            only="command",
        ),
        Key(
            "inputs",
            MapOf(read_identifier, Word(read_reference)),
            "references to versions whose files the step reads",
            only="command",
        ),
        Key(
            "env", MapOf(read_environment_name, _ANY_TEXT), "environment variables", only="command"
        ),
        Key(
            "timeout",
            Word(read_seconds, "a time such as 10m", "number", {"exclusiveMinimum": 0}),
            "how long the step may take: 10m, 90s, 1h30m, or seconds",
            only="command",
            attribute="timeout_s",
        ),
        Key(
            "retries",
            Word(read_count, "a whole number", "integer", {"minimum": 0}),
            "how often a failed command is tried again",
            only="command",
        ),
        Key("sources", _TEXTS, "files that the step depends on, as patterns", only="command"),
        Key("parameters", _PARAMETERS, "parameters of the step's function", only="python"),
        Key("enable_cache", _FLAG, "whether earlier outputs may be reused"),
        Key("substitutions", _SUBSTITUTIONS, "further placeholders in names"),
        Key("outputs", _OUTPUTS, "what the step makes, by key or as a list"),
    ),
    _ELSEWHERE_STEP,
)

RUN = Record(
    "keys and values",
    (
        Key("pipeline", Word(read_pipeline), "a name, or module:function of a Python pipeline"),
        Key(
            "run",
            Word(read_name),
            "the run's name; {date} and the like are filled in",
            also=("run_name",),
            attribute="run_name",
        ),
        Key("vars", MapOf(read_variable, Value()), "values for ${name} in this file"),
        Key("tags", _TAGS, "tags of the run and of every version that it makes"),
        Key("metadata", _METADATA, "metadata of the run"),
        Key("parameters", _PARAMETERS, "parameters of the pipeline's function", only="python"),
        Key("enable_cache", _FLAG, "whether earlier outputs may be reused"),
        Key("substitutions", _SUBSTITUTIONS, "further placeholders in names"),
        Key("steps", MapOf(check_name, STEP), "the steps, by name"),
    ),
    _ELSEWHERE_RUN,
)
