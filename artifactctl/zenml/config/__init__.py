"""`zenml.config`."""

from artifactctl.pipelines.step_options import CachePolicy as CachePolicy
from artifactctl.pipelines.step_options import StepRetryConfig as StepRetryConfig
