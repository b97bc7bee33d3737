"""`zenml.utils.tag_utils`."""

from artifactctl.pipelines.python.labels import add_tags as add_tags
from artifactctl.pipelines.python.labels import remove_tags as remove_tags
from artifactctl.tags import Tag as Tag
