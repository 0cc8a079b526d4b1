"""Blast radius: what a node of the estate takes with it, and which nodes take most."""

from freehold.scenarios.blast.functions import FunctionLoss, function_losses
from freehold.scenarios.blast.members import DIMENSIONS, members
from freehold.scenarios.blast.radius import Blast, Gone, blast
from freehold.scenarios.blast.ranking import Rank, rank

__all__ = [
    "DIMENSIONS",
    "Blast",
    "FunctionLoss",
    "Gone",
    "Rank",
    "blast",
    "function_losses",
    "members",
    "rank",
]
