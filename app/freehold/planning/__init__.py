"""Placement optimiser and the price of sovereignty."""

from freehold.planning.assemble import Case, assemble
from freehold.planning.conflict import conflict
from freehold.planning.options import PlanOptions
from freehold.planning.plan import Binding, Plan, Row, plan, solve
from freehold.planning.solving import Control

__all__ = [
    "Binding",
    "Case",
    "Control",
    "Plan",
    "PlanOptions",
    "Row",
    "assemble",
    "conflict",
    "plan",
    "solve",
]
