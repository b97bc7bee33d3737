"""Whose home is it, and how that is known: by tokens in the home and in the user's data folder."""

from artifactctl.ownership.standing import (
    Access,
    Standing,
    claim_catalog,
    claim_home,
    is_own,
    original_of,
    owner_of,
    standing_of,
    trust,
)
from artifactctl.ownership.tokens import (
    folders_of_tokens,
    is_known,
    secret_of,
    user_cache_folder,
    user_data_folder,
)

__all__ = [
    "Access",
    "Standing",
    "claim_catalog",
    "claim_home",
    "folders_of_tokens",
    "is_known",
    "is_own",
    "original_of",
    "owner_of",
    "secret_of",
    "standing_of",
    "trust",
    "user_cache_folder",
    "user_data_folder",
]
