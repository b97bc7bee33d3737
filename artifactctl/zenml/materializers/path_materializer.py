"""`zenml.materializers.path_materializer`."""

from artifactctl.materializers.raw_files import PathMaterializer as PathMaterializer
