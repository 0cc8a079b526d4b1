"""Compare a small model in front of a large one, or of an API, with the large one alone."""

import csv
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from freehold import capacity
from freehold.errors import InputError
from freehold.resources import data_root
from freehold.workflows.capacity import read_spec
from freehold.workflows.capacity_search import records, workload_row
from freehold.workflows.catalogue import open_facts
from freehold.workflows.documents import reading
from freehold.workflows.results_capacity import Routed

CLAIM = "Inference is 3 to 10 times cheaper with small specialised models"
ASSUMPTIONS = [
    "A fallback is paid twice: the small model answers first, then the large one.",
    "Machines are bought whole, for the peak, and paid every hour of the month.",
    "Whether the small model answers well enough is yours to measure: fallback_share says it.",
    "Latency of an API is not published, so it is unknown. Latencies are those at full use.",
    "The range sets the worst end of one side against the best end of the other.",
]
_MOST_ROWS = 200


def example() -> Path:
    """Return the shipped routers; their loads and shares are sample figures."""
    return data_root() / "datasets" / "examples" / "routers.csv"


def claim_sources() -> list[str]:
    """Return where the claim stands, each with whether it was read (router_claims.csv)."""
    path = data_root() / "datasets" / "examples" / "router_claims.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            f"{row['source']}: {row['says']}"
            + ("" if row["verified"] == "yes" else " (unverified)")
            for row in csv.DictReader(file)
        ]


def route(path: Path | None = None, *, term: str | None = "on_demand") -> Routed:
    """Compare the routers of a CSV, or the shipped ones, with the large model alone.

    Raises:
        InputError: the file is no good, or has too many rows.
    """
    source = path or example()
    spec = read_spec(source)
    if len(spec) > _MOST_ROWS:
        raise InputError(
            f"{len(spec)} routers are too many",
            where=str(source),
            mend=f"Give at most {_MOST_ROWS} rows",
        )
    with open_facts() as connection:
        return _routed(spec, connection, term)


def route_workload(
    path: Path,
    workload: str,
    *,
    small: str,
    share: float,
    fallback: float,
    precision: str = "",
    api: tuple[str, str] | None = None,
    peak: float = 2.0,
    term: str | None = "on_demand",
) -> Routed:
    """Put a small model in front of a serving workload's own model, or of an API.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such workload.
    """
    with reading(path) as workspace:
        row = workload_row(workspace, workload)
        provider, name = api or ("", "")
        spec = row[["input_tokens", "output_tokens", "requests_per_s", "ttft_slo_ms",
                    "tpot_slo_ms"]].assign(
            router_id=workload,
            title=row["name"],
            peak_over_mean=peak,
            share_small=share,
            fallback_share=fallback,
            small_model=small,
            small_precision=precision,
            large_model=row["model_id"],
            large_precision=row["precision"].where(row["precision"].notna(), precision),
            large_provider=provider,
            large_api=name,
            source="workload of the document",
        )  # fmt: skip
        return _routed(spec, workspace.connection, term)


def _routed(spec: pd.DataFrame, connection: duckdb.DuckDBPyConnection, term: str | None) -> Routed:
    found = capacity.route(spec, connection, term=term)
    kept = [name for name in ("title", "source", "share_small", "fallback_share") if name in spec]
    rows = pd.concat([spec[kept], found.rows], axis=1).replace([np.inf, -np.inf], np.nan)
    return Routed(
        rows=records(rows),
        curves=records(found.curves),
        claim_low=capacity.CLAIM[0],
        claim_high=capacity.CLAIM[1],
        claim=CLAIM,
        claim_sources=claim_sources(),
        assumptions=ASSUMPTIONS,
        basis=capacity.BASIS,
    )
