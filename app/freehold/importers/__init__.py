"""Other people's exports become estate rows and an import account."""

from freehold.importers.account import ImportAccount, ImportResult
from freehold.importers.merge import update
from freehold.importers.profile import Profile, load_profile
from freehold.importers.read import read
from freehold.importers.recognise import recognise
from freehold.importers.registry import kinds
from freehold.importers.tabular import suggest_mapping

__all__ = [
    "ImportAccount",
    "ImportResult",
    "Profile",
    "kinds",
    "load_profile",
    "read",
    "recognise",
    "suggest_mapping",
    "update",
]
