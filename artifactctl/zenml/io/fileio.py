"""`zenml.io.fileio`."""

from artifactctl.client.fileio import convert_to_str as convert_to_str
from artifactctl.client.fileio import copy as copy
from artifactctl.client.fileio import exists as exists
from artifactctl.client.fileio import glob as glob
from artifactctl.client.fileio import isdir as isdir
from artifactctl.client.fileio import listdir as listdir
from artifactctl.client.fileio import makedirs as makedirs
from artifactctl.client.fileio import mkdir as mkdir
from artifactctl.client.fileio import open as open  # noqa: A004 (ZenML's name)
from artifactctl.client.fileio import remove as remove
from artifactctl.client.fileio import rename as rename
from artifactctl.client.fileio import rmtree as rmtree
from artifactctl.client.fileio import size as size
from artifactctl.client.fileio import stat as stat
from artifactctl.client.fileio import walk as walk
