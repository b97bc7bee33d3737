"""`zenml.config.retry_config`."""

from artifactctl.pipelines.step_options import StepRetryConfig as StepRetryConfig
