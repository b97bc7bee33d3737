"""`zenml.exceptions`: what is caught under these names is raised under artifactctl's.

`ZenKeyError` and `ValidationError` are the classes of Python that all errors of the case are.
"""

from builtins import KeyError as ZenKeyError
from builtins import ValueError as ValidationError

from artifactctl.errors import ArtifactctlError as ZenMLBaseException
from artifactctl.errors import BusyError as EntityCreationError
from artifactctl.errors import (
    EntityExistsError,
    MaterializerInterfaceError,
    StepContextError,
    StepInterfaceError,
)
from artifactctl.errors import HookError as HookValidationException
from artifactctl.errors import NotAuthorisedError as AuthorizationException
from artifactctl.errors import NotFoundError as DoesNotExistException
from artifactctl.errors import NotFoundError as InputResolutionError
from artifactctl.errors import UnsafeError as ArtifactStoreInterfaceError
from artifactctl.errors import UnsafeError as IllegalOperationError

__all__ = [
    "ArtifactStoreInterfaceError",
    "AuthorizationException",
    "DoesNotExistException",
    "EntityCreationError",
    "EntityExistsError",
    "HookValidationException",
    "IllegalOperationError",
    "InputResolutionError",
    "MaterializerInterfaceError",
    "StepContextError",
    "StepInterfaceError",
    "ValidationError",
    "ZenKeyError",
    "ZenMLBaseException",
]
