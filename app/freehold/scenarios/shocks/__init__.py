"""Shocks: events from a sourced library, set on an estate, run and accounted for."""

from freehold.scenarios.shocks.library import Parameter, Shock, chosen, library
from freehold.scenarios.shocks.running import ShockRun, changes_of_shocks, run_shocks
from freehold.scenarios.shocks.settings import Setting, candidates, settle

__all__ = [
    "Parameter",
    "Setting",
    "Shock",
    "ShockRun",
    "candidates",
    "changes_of_shocks",
    "chosen",
    "library",
    "run_shocks",
    "settle",
]
