"""`zenml.config.cache_policy`."""

from artifactctl.pipelines.cache_policy import CachePolicy as CachePolicy
