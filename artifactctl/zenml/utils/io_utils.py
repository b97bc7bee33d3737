"""`zenml.utils.io_utils`."""

from artifactctl.client.whole_files import copy_dir as copy_dir
from artifactctl.client.whole_files import create_dir_if_not_exists as create_dir_if_not_exists
from artifactctl.client.whole_files import (
    create_dir_recursive_if_not_exists as create_dir_recursive_if_not_exists,
)
from artifactctl.client.whole_files import create_file_if_not_exists as create_file_if_not_exists
from artifactctl.client.whole_files import find_files as find_files
from artifactctl.client.whole_files import move as move
from artifactctl.client.whole_files import (
    read_file_contents_as_string as read_file_contents_as_string,
)
from artifactctl.client.whole_files import (
    write_file_contents_as_string as write_file_contents_as_string,
)
