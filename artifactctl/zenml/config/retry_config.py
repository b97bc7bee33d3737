"""`zenml.config.retry_config`."""

from artifactctl.pipelines.retry import StepRetryConfig as StepRetryConfig
