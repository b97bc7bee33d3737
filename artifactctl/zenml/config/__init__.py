"""`zenml.config`."""

from artifactctl.pipelines.cache_policy import CachePolicy as CachePolicy
