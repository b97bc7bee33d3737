"""The modules of `artifactctl.zenml`, by what the pages of ZenML's documentation import."""

import subprocess
import sys
from importlib import import_module

import pytest

import artifactctl

IMPORTED = {
    "artifactctl.zenml": """
        ArtifactConfig Client ExternalArtifact Tag __version__ add_tags get_pipeline_context
        bulk_log_metadata get_step_context load_artifact log_artifact_metadata log_metadata
        log_step_metadata pipeline register_artifact remove_tags save_artifact step
    """,
    "artifactctl.zenml.artifacts.artifact_config": "ArtifactConfig",
    "artifactctl.zenml.artifacts.external_artifact": "ExternalArtifact",
    "artifactctl.zenml.artifacts.utils": """
        load_artifact load_artifact_visualization log_artifact_metadata register_artifact
        save_artifact
    """,
    "artifactctl.zenml.artifacts.unmaterialized_artifact": "UnmaterializedArtifact",
    "artifactctl.zenml.client": "Client",
    "artifactctl.zenml.config": "CachePolicy StepRetryConfig",
    "artifactctl.zenml.config.cache_policy": "CachePolicy",
    "artifactctl.zenml.config.retry_config": "StepRetryConfig",
    "artifactctl.zenml.enums": """
        ArtifactSaveType ArtifactType ColorVariants ExecutionMode ExecutionStatus LogicalOperators
        MetadataResourceTypes SorterOps StepRunInputArtifactType TaggableResourceTypes
        VisualizationType
    """,
    "artifactctl.zenml.exceptions": """
        ArtifactStoreInterfaceError AuthorizationException DoesNotExistException EntityCreationError
        EntityExistsError HookValidationException IllegalOperationError InputResolutionError
        MaterializerInterfaceError StepContextError StepInterfaceError ValidationError ZenKeyError
        ZenMLBaseException
    """,
    "artifactctl.zenml.io.fileio": """
        convert_to_str copy exists glob isdir listdir makedirs mkdir open remove rename rmtree size
        stat walk
    """,
    "artifactctl.zenml.logger": "get_logger",
    "artifactctl.zenml.materializers": """
        BaseMaterializer BuiltInContainerMaterializer BuiltInMaterializer BytesMaterializer
        CloudpickleMaterializer PathMaterializer PydanticMaterializer
        StructuredStringMaterializer UUIDMaterializer
    """,
    "artifactctl.zenml.materializers.base_materializer": "BaseMaterializer",
    "artifactctl.zenml.materializers.built_in_materializer": """
        BuiltInContainerMaterializer BuiltInMaterializer BytesMaterializer
    """,
    "artifactctl.zenml.materializers.cloudpickle_materializer": "CloudpickleMaterializer",
    "artifactctl.zenml.materializers.materializer_registry": """
        MaterializerRegistry materializer_registry
    """,
    "artifactctl.zenml.materializers.path_materializer": "PathMaterializer",
    "artifactctl.zenml.materializers.pydantic_materializer": "PydanticMaterializer",
    "artifactctl.zenml.materializers.structured_string_materializer": (
        "StructuredStringMaterializer"
    ),
    "artifactctl.zenml.materializers.uuid_materializer": "UUIDMaterializer",
    "artifactctl.zenml.metadata.metadata_types": "DType MetadataType Path StorageSize Uri",
    "artifactctl.zenml.models": """
        ArtifactResponse ArtifactVersionIdentifier ArtifactVersionResponse
        ArtifactVisualizationResponse LoadedVisualization Page PipelineResponse
        PipelineRunIdentifier PipelineRunResponse RunMetadataResource StepRunIdentifier
        StepRunResponse
    """,
    "artifactctl.zenml.pipelines": "PipelineContext get_pipeline_context pipeline",
    "artifactctl.zenml.pipelines.pipeline_context": "PipelineContext get_pipeline_context",
    "artifactctl.zenml.pipelines.pipeline_decorator": "pipeline",
    "artifactctl.zenml.pipelines.pipeline_definition": "Pipeline",
    "artifactctl.zenml.steps": "BaseStep StepContext get_step_context step",
    "artifactctl.zenml.steps.base_step": "BaseStep",
    "artifactctl.zenml.steps.step_context": "StepContext get_step_context",
    "artifactctl.zenml.steps.step_decorator": "step",
    "artifactctl.zenml.steps.utils": "log_step_metadata",
    "artifactctl.zenml.types": "CSVString HTMLString JSONString MarkdownString",
    "artifactctl.zenml.utils.io_utils": """
        copy_dir create_dir_if_not_exists create_dir_recursive_if_not_exists
        create_file_if_not_exists find_files move read_file_contents_as_string
        write_file_contents_as_string
    """,
    "artifactctl.zenml.utils.metadata_utils": "bulk_log_metadata log_metadata",
    "artifactctl.zenml.utils.tag_utils": "Tag add_tags remove_tags",
}


@pytest.mark.parametrize("module", IMPORTED)
def test_a_module_of_zenmls_has_the_names_that_scripts_import(module: str) -> None:
    found = import_module(module)
    for name in IMPORTED[module].split():
        assert getattr(found, name) is not None, name


def test_what_is_imported_is_artifactctls_own() -> None:
    from artifactctl.zenml import Tag, save_artifact, step
    from artifactctl.zenml.client import Client
    from artifactctl.zenml.exceptions import DoesNotExistException
    from artifactctl.zenml.models import ArtifactVersionResponse

    assert (Client, Tag, step) == (artifactctl.Client, artifactctl.Tag, artifactctl.step)
    assert save_artifact is artifactctl.save_artifact
    assert DoesNotExistException is artifactctl.errors.NotFoundError
    assert ArtifactVersionResponse is artifactctl.client.ArtifactVersion


def test_the_top_offers_what_artifactctl_offers_and_loads_it_on_first_use() -> None:
    script = (
        "import artifactctl.zenml as zenml, sys;"
        "own = sorted(name for name in sys.modules if name.startswith('artifactctl.'));"
        "print(own, dir(zenml) == sorted(zenml.__all__))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "['artifactctl._version', 'artifactctl.zenml'] True\n"


@pytest.mark.parametrize("name", ["Model", "log_model_metadata", "link_artifact_to_model", "show"])
def test_what_is_out_of_scope_has_no_name(name: str) -> None:
    with pytest.raises(ImportError, match=f"cannot import name '{name}'"):
        exec(f"from artifactctl.zenml import {name}")
