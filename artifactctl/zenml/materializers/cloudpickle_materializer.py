"""`zenml.materializers.cloudpickle_materializer`."""

from artifactctl.materializers.pickles import CloudpickleMaterializer as CloudpickleMaterializer
