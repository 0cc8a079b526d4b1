"""Placement optimiser and the price of sovereignty."""

from freehold.planning.assemble import assemble
from freehold.planning.case import Case
from freehold.planning.conflict import conflict
from freehold.planning.narrowing import servable
from freehold.planning.options import Ceiling, PlanOptions
from freehold.planning.pareto import ScoreStep, Step, curve, score_front
from freehold.planning.plan import Binding, Plan, Row, plan, solve
from freehold.planning.reasons import explained
from freehold.planning.solving import Control
from freehold.planning.takeover import DATA_SET, Migration, changes_of, judged_again, migrations

__all__ = [
    "DATA_SET",
    "Binding",
    "Case",
    "Ceiling",
    "Control",
    "Migration",
    "Plan",
    "PlanOptions",
    "Row",
    "ScoreStep",
    "Step",
    "assemble",
    "changes_of",
    "conflict",
    "curve",
    "explained",
    "judged_again",
    "migrations",
    "plan",
    "score_front",
    "servable",
    "solve",
]
