"""`zenml.config.cache_policy`."""

from artifactctl.pipelines.step_options import CachePolicy as CachePolicy
