"""Demand over time: each workload's multiple of today's demand in every period of the horizon."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from freehold.planning.options import PlanOptions
from freehold.planning.problem import Floats, Ints

_WEEK_HOURS = 168.0
_CLASSES = (("day", 60.0), ("night", 60.0), ("weekend", 48.0))
"""Weekdays 7 to 19 h, weekdays 19 to 7 h, weekends."""


@dataclass(frozen=True)
class Calendar:
    """The periods of the horizon: months, or classes of the hours of a week within months.

    Attributes:
        classes: names of the classes; one, 'all', where no workload has a week profile.
        month, stage, of_class: of each period, T.
        hours: hours of each period, T.
        discount: factor on money of each period, T.
    """

    classes: tuple[str, ...]
    month: Ints
    stage: Ints
    of_class: Ints
    hours: Floats
    discount: Floats


def calendar(workloads: pd.DataFrame, options: PlanOptions, hours_per_month: float) -> Calendar:
    """Return the periods: classes of the week only where a workload has a week profile."""
    profiles = workloads["week_profile"] if "week_profile" in workloads else pd.Series(dtype=str)
    shaped = profiles.notna() & (profiles != "flat")
    classes = _CLASSES if shaped.any() else (("all", _WEEK_HOURS),)
    months = np.repeat(np.arange(options.months), len(classes))
    of_class = np.tile(np.arange(len(classes)), options.months)
    share = np.array([hours for _, hours in classes]) / _WEEK_HOURS
    return Calendar(
        classes=tuple(name for name, _ in classes),
        month=months,
        stage=months // options.stage_months,
        of_class=of_class,
        hours=share[of_class] * hours_per_month,
        discount=(1.0 + options.discount_rate) ** (-months / 12.0),
    )


def multiples(workloads: pd.DataFrame, when: Calendar, options: PlanOptions) -> Floats:
    """Return demand of each workload in each period over its demand of today, W x T.

    Growth compounds monthly from the horizon's first month: (1 + g)^(m/12), with g raised by
    `growth_sigma` standard deviations of its stated spread. The week's profile multiplies what is
    served, bursts what is held for it; training counts by the month.
    """

    def column(name: str, default: float) -> Floats:
        if name not in workloads:
            return np.full(len(workloads), default)
        values = pd.to_numeric(workloads[name], errors="coerce").to_numpy(dtype=np.float64)
        return np.where(np.isfinite(values), values, default)

    growth = column("growth_per_year", 0.0)
    growth = growth + options.growth_sigma * column("growth_spread", 0.0)
    grown = np.maximum(1.0 + growth, 0.0)[:, None] ** (when.month[None, :] / 12.0)
    served = workloads["kind"].isin(["serving"]).to_numpy(dtype=np.bool_)
    burst = np.where(served, column("burst_factor", 1.0), 1.0)
    shape = np.ones((len(workloads), len(when.month)))
    if len(when.classes) > 1:
        for row, profile in enumerate(workloads["week_profile"]):
            if isinstance(profile, str) and profile != "flat" and served[row]:
                shape[row] = _profile(profile, options)[when.of_class]
    return grown * burst[:, None] * shape


def _profile(name: str, options: PlanOptions) -> Floats:
    """Return demand in each class of the week over its mean; the weekend takes what is left."""
    day, night = options[f"day_{name}"], options[f"night_{name}"]
    rest = (_WEEK_HOURS - 60.0 * day - 60.0 * night) / 48.0
    return np.array([day, night, max(rest, 0.0)])
