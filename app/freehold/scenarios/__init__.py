"""Scenario runs and their comparison."""

from freehold.scenarios.compare import Comparison, Driver, compare
from freehold.scenarios.measures import Cost, Measures
from freehold.scenarios.run import Run, run, run_all, scenario_names
from freehold.scenarios.schemas import BASE, Schemas

__all__ = [
    "BASE",
    "Comparison",
    "Cost",
    "Driver",
    "Measures",
    "Run",
    "Schemas",
    "compare",
    "run",
    "run_all",
    "scenario_names",
]
