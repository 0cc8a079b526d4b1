"""Placement optimiser and the price of sovereignty."""

from freehold.planning.assemble import Case, assemble
from freehold.planning.conflict import conflict
from freehold.planning.options import PlanOptions
from freehold.planning.pareto import ScoreStep, Step, curve, score_front
from freehold.planning.plan import Binding, Plan, Row, plan, solve
from freehold.planning.reasons import explained
from freehold.planning.solving import Control

__all__ = [
    "Binding",
    "Case",
    "Control",
    "Plan",
    "PlanOptions",
    "Row",
    "ScoreStep",
    "Step",
    "assemble",
    "conflict",
    "curve",
    "explained",
    "plan",
    "score_front",
    "solve",
]
