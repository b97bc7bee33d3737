"""The same work done by other programs for versioned data, side by side with artifactctl."""
