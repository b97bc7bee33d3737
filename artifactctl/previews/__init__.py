"""Previews of files by their own format: the head of a table, a thumbnail, a listing, a text.

Where to look: `showing` chooses by the type; `views` is what a preview is made of. The content may
be hostile: little of it is read, nothing in it is executed, and no pickle is ever loaded.
"""

from artifactctl.previews.showing import preview
from artifactctl.previews.views import Column, Columns, Grid, Picture, Preview, Text, View

__all__ = ["Column", "Columns", "Grid", "Picture", "Preview", "Text", "View", "preview"]
