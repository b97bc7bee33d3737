"""`zenml.config`."""

from artifactctl.pipelines.cache_policy import CachePolicy as CachePolicy
from artifactctl.pipelines.retry import StepRetryConfig as StepRetryConfig
