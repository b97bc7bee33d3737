"""`zenml.enums`."""

from artifactctl.enums import ArtifactSaveType as ArtifactSaveType
from artifactctl.enums import ArtifactType as ArtifactType
from artifactctl.enums import ColorVariants as ColorVariants
from artifactctl.enums import ExecutionMode as ExecutionMode
from artifactctl.enums import ExecutionStatus as ExecutionStatus
from artifactctl.enums import LogicalOperators as LogicalOperators
from artifactctl.enums import MetadataResourceTypes as MetadataResourceTypes
from artifactctl.enums import SorterOps as SorterOps
from artifactctl.enums import StepRunInputArtifactType as StepRunInputArtifactType
from artifactctl.enums import TaggableResourceTypes as TaggableResourceTypes
from artifactctl.enums import VisualizationType as VisualizationType
