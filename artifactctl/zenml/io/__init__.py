"""`zenml.io`."""
