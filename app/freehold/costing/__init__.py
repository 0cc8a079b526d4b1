"""Money, currency, egress, power and carbon of a placement."""

from freehold.costing.compute import hourly_prices
from freehold.costing.egress import egress_cost
from freehold.costing.facts import HouseDefaults, house_defaults
from freehold.costing.money import Money, Rate, convert, exchange_rate
from freehold.costing.own_hardware import OwnCost, OwnNode, own_cost
from freehold.costing.power import energy
from freehold.costing.workload_cost import cost_workloads

__all__ = [
    "HouseDefaults",
    "Money",
    "OwnCost",
    "OwnNode",
    "Rate",
    "convert",
    "cost_workloads",
    "egress_cost",
    "energy",
    "exchange_rate",
    "hourly_prices",
    "house_defaults",
    "own_cost",
]
