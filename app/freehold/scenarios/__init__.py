"""Scenario runs and their comparison."""

from freehold.scenarios.compare import Comparison, Driver, compare
from freehold.scenarios.measures import Cost, Measures
from freehold.scenarios.run import BASE, Run, run, run_all, scenario_names

__all__ = [
    "BASE",
    "Comparison",
    "Cost",
    "Driver",
    "Measures",
    "Run",
    "compare",
    "run",
    "run_all",
    "scenario_names",
]
