"""Hourly cost of accelerators one owns or has in colocation."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from freehold.costing.facts import HouseDefaults

Amount: TypeAlias = float | npt.NDArray[np.float64]
"""One figure or a column of figures: the formula is the same."""

_HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True)
class OwnNode:
    """A node to be costed; money in US dollars, power in kW at the greatest load.

    `colocated` is 1 for rented space, 0 for the owner's own hall.
    """

    capex_usd: Amount
    chips: Amount
    power_kw: Amount
    electricity_usd_kwh: Amount
    pue: Amount
    colocated: Amount = 0.0


@dataclass(frozen=True)
class OwnCost:
    """Hourly cost of a whole node by part, in US dollars."""

    depreciation: Amount
    capital: Amount
    electricity: Amount
    colocation: Amount
    staff: Amount
    support: Amount
    chips: Amount
    utilisation: Amount

    @property
    def usd_per_node_hour(self) -> Amount:
        """Cost of the node per hour, busy or not."""
        return (
            self.depreciation
            + self.capital
            + self.electricity
            + self.colocation
            + self.staff
            + self.support
        )

    @property
    def usd_per_chip_hour(self) -> Amount:
        """Cost of one device per hour it is held, busy or not."""
        return self.usd_per_node_hour / self.chips

    @property
    def usd_per_useful_chip_hour(self) -> Amount:
        """Cost of one device per hour of useful work."""
        return self.usd_per_chip_hour / self.utilisation


def own_cost(node: OwnNode, defaults: HouseDefaults) -> OwnCost:
    """Return the cost of an owned node.

    (purchase x (1 - residual) / months of depreciation + purchase x cost of capital + power x
    PUE x price + power x rent if colocated + staff + support), each per hour: straight-line
    depreciation and capital charge as in the warehouse-scale cost model of Barroso, Hölzle and
    Ranganathan 2018, "The Datacenter as a Computer", 3rd edition, chapter 6. Colocation rent is
    taken to include the building and not the electricity.
    """
    purchase = node.capex_usd * (1 + defaults["network_adder_share"])
    hours = defaults["hours_per_month"]
    busy = defaults["own_hardware_utilisation"]
    rent = defaults["colocation_usd_per_kw_month"] * node.colocated
    yearly_staff = defaults["staff_usd_per_fte_year"] / defaults["staff_nodes_per_fte"]
    return OwnCost(
        depreciation=purchase
        * (1 - defaults["residual_value_share"])
        / (defaults["depreciation_months"] * hours),
        capital=purchase * defaults["cost_of_capital_per_year"] / _HOURS_PER_YEAR,
        electricity=node.power_kw
        * defaults["power_draw_share"]
        * busy
        * node.pue
        * node.electricity_usd_kwh,
        colocation=node.power_kw * rent / hours,
        staff=yearly_staff / _HOURS_PER_YEAR,
        support=purchase * defaults["support_share_per_year"] / _HOURS_PER_YEAR,
        chips=node.chips,
        utilisation=busy,
    )
