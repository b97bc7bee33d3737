"""`zenml.metadata`."""
