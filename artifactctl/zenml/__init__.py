"""ZenML's modules: a script that says `artifactctl.zenml` where it said `zenml` runs as it is.

Every module here bears the name of one of ZenML 0.98's and re-exports what plays that part in
artifactctl. Nothing is defined here, and no other room imports from this one. What the guide
`from-zenml` calls out of scope (stacks, models, deployments) has no module.
"""

from artifactctl import __all__ as __all__
from artifactctl import __dir__ as __dir__
from artifactctl import __getattr__ as __getattr__
from artifactctl import __version__ as __version__

# Defined as in `typing`: the names are imported on first use, by `__getattr__`.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from artifactctl import *  # noqa: F403 (whatever the package offers)
