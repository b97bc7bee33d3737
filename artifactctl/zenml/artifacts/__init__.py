"""`zenml.artifacts`."""
