"""`zenml.client`."""

from artifactctl.client import Client as Client
