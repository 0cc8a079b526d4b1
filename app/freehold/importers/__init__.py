"""Other people's exports become estate rows and an import account."""

from freehold.importers.account import Conflict, ImportAccount, ImportResult
from freehold.importers.conflicts import Claim, claims_of, conflicts
from freehold.importers.profile import Profile, load_profile
from freehold.importers.read import read
from freehold.importers.recognise import recognise
from freehold.importers.registry import kinds
from freehold.importers.tabular import suggest_mapping
from freehold.importers.takeover import take_over

__all__ = [
    "Claim",
    "Conflict",
    "ImportAccount",
    "ImportResult",
    "Profile",
    "claims_of",
    "conflicts",
    "kinds",
    "load_profile",
    "read",
    "recognise",
    "suggest_mapping",
    "take_over",
]
