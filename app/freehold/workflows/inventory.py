"""What accelerators are held, ordered, reserved and used, what to keep spare, who has to wait."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from freehold.capacity import size_workloads
from freehold.costing import house_defaults
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import uncertainty as u
from freehold.planning.reserve import out_of_order, spare_devices, training_queues
from freehold.scenarios.run import scenario_names
from freehold.scenarios.schemas import BASE, schemas_of
from freehold.workflows.documents import reading
from freehold.workflows.results_inventory import Holding, Inventory, Queue

_KEYS = ("provider_id", "region_id", "accelerator_id")


def inventory(path: Path, *, scenario: str | None = None) -> Inventory:
    """List what is held and used of a document, or of one of its scenarios.

    Raises:
        InputError: there is no such scenario.
    """
    with reading(path) as workspace:
        return inventory_of(workspace, scenario or BASE, str(path))


def inventory_of(workspace: Workspace, scenario: str = BASE, document: str = "") -> Inventory:
    """List what is held and used of an open document; see `inventory`."""
    names = scenario_names(workspace)
    if scenario != BASE and scenario not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{scenario}'", mend=f"Scenarios are: {there}")
    schemas = schemas_of(workspace, scenario)
    connection = workspace.connection
    volatilities = u.volatilities(connection, schemas.catalogue)
    shares = {own: out_of_order(volatilities, own=own) for own in (False, True)}
    confidence = volatilities.get("reserve", "*", "confidence", 0.99)
    keys = ", ".join(_KEYS)
    found = connection.execute(
        f"""
        WITH pools AS (
            SELECT {keys},
                sum(quantity) FILTER (there) AS held, sum(quantity) FILTER (coming) AS ordered,
                bool_or(term IN ('owned', 'colocated')) AS own
            FROM (SELECT *,
                coalesce(available_from <= $day, ordered IS DISTINCT FROM FALSE)
                    AND coalesce(available_to >= $day, TRUE) AS there,
                available_from > $day AS coming
                FROM "{schemas.estate}".accelerator_pools) GROUP BY ALL),
        used AS (
            SELECT {keys}, sum(accelerator_count) AS used,
                bool_or(term IN ('owned', 'colocated')) AS own
            FROM "{schemas.estate}".workloads WHERE accelerator_id IS NOT NULL GROUP BY ALL),
        quotas AS (
            SELECT {keys}, min(value) AS quota FROM "{schemas.estate}".plan_limits
            WHERE kind = 'quota' GROUP BY ALL),
        every AS (
            SELECT {keys} FROM pools UNION SELECT {keys} FROM used UNION SELECT {keys} FROM quotas)
        SELECT e.*, p.held, p.ordered, w.used, q.quota,
            coalesce(p.own, FALSE) OR coalesce(w.own, FALSE) AS own
        FROM every e
        LEFT JOIN pools p ON {_same("p")} LEFT JOIN used w ON {_same("w")}
        LEFT JOIN quotas q ON {_same("q")}
        ORDER BY {", ".join(f"e.{key} NULLS LAST" for key in _KEYS)}
        """,
        {"day": schemas.as_of},
    ).df()
    return Inventory(
        document=document,
        scenario=scenario,
        as_of=schemas.as_of,
        holdings=[_holding(row, shares, confidence) for row in found.to_dict("records")],
        commitments=_commitments(workspace, schemas.estate),
        queues=_queues(workspace, schemas.estate, schemas.catalogue, schemas.as_of, volatilities),
        out_of_order_share=round(shares[False], 6),
        out_of_order_share_own=round(shares[True], 6),
        confidence=confidence,
    )


def _same(name: str) -> str:
    return " AND ".join(f"{name}.{key} IS NOT DISTINCT FROM e.{key}" for key in _KEYS)


def _holding(row: dict[Any, Any], shares: dict[bool, float], confidence: float) -> Holding:
    plain = {str(name): None if pd.isna(value) else value for name, value in row.items()}
    used, held, quota = plain["used"], plain["held"], plain["quota"]
    reserve = (
        None if used is None else spare_devices(round(used), shares[bool(row["own"])], confidence)
    )
    short = None
    if used is not None and held is not None and reserve is not None:
        short = max(used + reserve - held, 0.0)
    over = None if quota is None or used is None else bool(used > quota)
    return Holding.model_validate({**plain, "reserve": reserve, "short": short, "over_quota": over})


def _commitments(workspace: Workspace, estate: str) -> list[dict[str, Any]]:
    rows = workspace.connection.execute(
        "SELECT commitment_id, provider_id, kind, description, start_date, end_date, "
        f'CAST(value AS DOUBLE) AS "value", currency FROM "{estate}".commitments '
        "WHERE kind IN ('reservation', 'capacity', 'usage') ORDER BY commitment_id"
    )
    names = [column[0] for column in rows.description or []]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _queues(
    workspace: Workspace, estate: str, catalogue: str, day: date, volatilities: u.Volatilities
) -> list[Queue]:
    connection = workspace.connection
    rows = connection.execute(
        f"SELECT * FROM \"{estate}\".workloads WHERE kind = 'training' ORDER BY workload_id"
    ).df()
    if rows.empty:
        return []
    pools = connection.execute(
        f'SELECT * FROM "{estate}".accelerator_pools WHERE coalesce(available_from <= ?, TRUE) '
        "AND coalesce(available_to >= ?, TRUE) AND ordered IS DISTINCT FROM FALSE",
        [day, day],
    ).df()
    sized = size_workloads(rows, connection, catalogue=catalogue)
    month = house_defaults(connection, catalogue)["hours_per_month"]
    told = rows.assign(gpu_hours_per_run=sized["gpu_hours_per_run"].to_numpy())
    found = training_queues(told, pools, volatilities, month)
    return [_queue(row) for row in found.to_dict("records")]


def _queue(row: dict[Any, Any]) -> Queue:
    plain = {str(name): None if pd.isna(value) else value for name, value in row.items()}
    # Digits beyond these would differ between platforms.
    digits = {"run_hours": 4, "wait_hours": 4, "utilisation": 6, "waits": 6}
    for name, places in digits.items():
        plain[name] = round(float(row[name]), places)
    if row["utilisation"] >= 1:
        plain["wait_hours"] = None
    return Queue.model_validate({**plain, "at_once": int(row["at_once"])})
