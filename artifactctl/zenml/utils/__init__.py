"""`zenml.utils`."""
