"""Scenario runs and their comparison."""

from freehold.scenarios.compare import Comparison, Driver, compare
from freehold.scenarios.lifting import Lift, Standing, lifts
from freehold.scenarios.measures import Cost, Measures
from freehold.scenarios.run import (
    JudgedEstate,
    Run,
    ScoredEstate,
    judge_estate,
    run,
    run_all,
    scenario_names,
    score_estate,
)
from freehold.scenarios.schemas import BASE, Schemas

__all__ = [
    "BASE",
    "Comparison",
    "Cost",
    "Driver",
    "JudgedEstate",
    "Lift",
    "Measures",
    "Run",
    "Schemas",
    "ScoredEstate",
    "Standing",
    "compare",
    "judge_estate",
    "lifts",
    "run",
    "run_all",
    "scenario_names",
    "score_estate",
]
