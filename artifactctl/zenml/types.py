"""`zenml.types`."""

from artifactctl.types import CSVString as CSVString
from artifactctl.types import HTMLString as HTMLString
from artifactctl.types import JSONString as JSONString
from artifactctl.types import MarkdownString as MarkdownString
