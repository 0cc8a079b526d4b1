"""A fixed plan of 40 workloads in many draws of demand, prices, performance and supply."""

from pathlib import Path

import numpy as np
import pandas as pd

from freehold.catalogue import open_catalogue
from freehold.estate.workspace import connect
from freehold.planning import uncertainty as u
from tests.bench.figures import Figure, cpu_timed, peak_memory, timed

ROWS, WORKLOADS, MONTHS = 100, 40, 24
TERMS = ("on_demand", "spot", "reserved_1y", "token_api", "owned")


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Simulate 100 rows over 24 months in `size` draws, and find out what matters."""
    connection = connect()
    open_catalogue(connection)
    volatilities = u.volatilities(connection)
    plan = u.plan_of(_rows(), MONTHS)

    def draw() -> u.Outcome:
        return u.evaluate(plan, volatilities, u.Draws(size, 1))

    return [
        timed("simulate", runs, draw),
        cpu_timed("simulate, processor", runs, draw),
        timed("tornado", 1, lambda: u.tornado(plan, volatilities, u.Draws(size, 1))),
        peak_memory(),
    ]


def _rows() -> pd.DataFrame:
    number = np.arange(ROWS)
    work, by_token = number % WORKLOADS, number % 5 == 3
    alike = np.bincount(work, minlength=WORKLOADS)[work]
    return pd.DataFrame(
        {
            "row": [f"row-{i:03d}" for i in number],
            "workload": [f"workload-{i:03d}" for i in work],
            "kind": np.where(work % 4 == 3, "training", "serving"),
            "provider_id": [f"provider-{i % 8}" for i in number],
            "accelerator_id": [f"chip-{i % 5}" for i in number],
            "term": [TERMS[i % 5] for i in number],
            "share": 1.0 / alike,
            "capacity": np.where(by_token, np.inf, 1.3 / alike),
            "held_usd": np.where(by_token, 0.0, 1000.0 + number),
            "used_usd": np.where(by_token, 800.0, 0.0),
            "power_kw": np.where(number % 5 == 4, 10.0, np.nan),
            "requests_per_s": 1.0,
            "growth_per_year": 0.3,
            "open_month": np.where(number % 9 == 0, 4.0, np.nan),
            "lead_typical_days": 90.0,
        }
    )
