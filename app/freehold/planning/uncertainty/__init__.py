"""What a plan comes to when demand, prices, performance and supply are not as planned."""

from freehold.planning.uncertainty.assumptions import Volatilities, volatilities
from freehold.planning.uncertainty.draws import KINDS, Draws
from freehold.planning.uncertainty.estate_plan import estate_plan
from freehold.planning.uncertainty.evaluate import Outcome, evaluate
from freehold.planning.uncertainty.plan_rows import COLUMNS, Plan, plan_of
from freehold.planning.uncertainty.planned import candidate_rows, planned_rows
from freehold.planning.uncertainty.robust import Robust, robust
from freehold.planning.uncertainty.summary import (
    Band,
    Swing,
    band,
    probability_above,
    tornado,
    unserved_share,
    value_at_risk_tail,
)

__all__ = [
    "COLUMNS",
    "KINDS",
    "Band",
    "Draws",
    "Outcome",
    "Plan",
    "Robust",
    "Swing",
    "Volatilities",
    "band",
    "candidate_rows",
    "estate_plan",
    "evaluate",
    "plan_of",
    "planned_rows",
    "probability_above",
    "robust",
    "tornado",
    "unserved_share",
    "value_at_risk_tail",
    "volatilities",
]
