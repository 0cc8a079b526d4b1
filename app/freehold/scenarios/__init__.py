"""Scenario runs and their comparison."""

from freehold.scenarios.compare import Comparison, Driver, compare
from freehold.scenarios.lifting import Lift, Standing, lifts
from freehold.scenarios.measures import Cost, Measures
from freehold.scenarios.run import Run, run, run_all, scenario_names
from freehold.scenarios.schemas import BASE, Schemas

__all__ = [
    "BASE",
    "Comparison",
    "Cost",
    "Driver",
    "Lift",
    "Measures",
    "Run",
    "Schemas",
    "Standing",
    "compare",
    "lifts",
    "run",
    "run_all",
    "scenario_names",
]
