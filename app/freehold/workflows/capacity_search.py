"""Search for the best way to run a workload of a document."""

import json
from pathlib import Path
from typing import Any, cast

import pandas as pd

from freehold import capacity
from freehold.capacity import Objective, Space
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.workflows.capacity_places import told, verdicts
from freehold.workflows.documents import reading
from freehold.workflows.results_capacity import AsHeld, RefusedConfigurations, ServingSearch


def search_serving(
    path: Path,
    workload: str,
    *,
    by: Objective = "cost",
    chips: list[str] | None = None,
    precisions: list[str] | None = None,
    term: str | None = "on_demand",
    places: bool = False,
) -> ServingSearch:
    """Find the best parallelism, precision and batch for a serving workload on each machine.

    With `places` each row tells whether the document's rules allow the workload there; without,
    a machine is listed wherever it is offered.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such workload, it does not serve, or a chip or precision asked for
            does not exist.
    """
    with reading(path) as workspace:
        row = workload_row(workspace, workload)
        if str(row["kind"].iloc[0]).lower() not in {"serving", "batch"}:
            raise InputError(
                f"This workload is of kind {row['kind'].iloc[0] or 'unknown'} and serves nothing",
                where=workload,
                mend="Choose a serving or batch workload",
            )
        found = capacity.search_serving(
            row,
            workspace.connection,
            by=by,
            space=Space(
                chips=tuple(chips) if chips else None,
                precisions=tuple(precisions) if precisions else None,
            ),
            term=term,
        )
        sized = capacity.size_workloads(row, workspace.connection).iloc[0]
        rows = told(found.rows, verdicts(workspace, row, found.rows)) if places else found.rows
    return ServingSearch(
        document=str(path),
        workload=workload,
        model=str(row["model_id"].iloc[0]),
        by=by,
        rows=records(rows),
        places_judged=places,
        refused=[RefusedConfigurations(**one) for one in records(found.refused)],
        as_held=_as_held(sized, row.iloc[0]),
        configurations=found.configurations,
        evaluated=found.evaluated,
        evaluate_seconds=found.evaluate_seconds,
        basis=capacity.BASIS,
        definitions=definitions(found.rows),
    )


def workload_row(workspace: Workspace, workload: str) -> pd.DataFrame:
    """Return a workload of the document as a table of one row, the document's facts laid.

    Raises:
        InputError: there is no such workload.
    """
    workspace.lay_facts()
    workloads = workspace.frame("workloads")
    row = workloads[workloads["workload_id"] == workload].reset_index(drop=True)
    if row.empty:
        known = ", ".join(sorted(workloads["workload_id"])[:12])
        raise InputError(
            "There is no such workload",
            where=workload,
            mend=f"Use one of: {known}" if known else "Import workloads first",
        )
    return row


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values, every missing one null."""
    # Through JSON, so that every missing figure is null and every number a plain one.
    return cast(
        "list[dict[str, Any]]", json.loads(table.to_json(orient="records", double_precision=12))
    )


def definitions(table: pd.DataFrame) -> dict[str, str]:
    """Return what each metric among the columns of a table means."""
    return {
        name: f"{metric.definition} ({metric.unit})"
        for name, metric in capacity.metrics().items()
        if name in table
    }


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _rate(possible: float, sized: "pd.Series[Any]") -> str:
    """Write a rate with the range of a predicted rate, never as a power of ten."""
    served = _number(sized.get("requests_per_s"))
    ends = [_number(sized.get(f"requests_per_s_{side}")) for side in ("low80", "high80")]
    rates = [possible, *(possible * end / served for end in ends if end and served)]
    first, *rest = (f"{float(f'{rate:.3g}'):,.10g}" for rate in rates)
    return f"{first} ({' to '.join(rest)})" if rest else first


def _as_held(sized: "pd.Series[Any]", row: "pd.Series[Any]") -> AsHeld:
    """Say plainly whether what runs today carries the load within its targets."""
    devices, needed = _number(sized.get("devices")), _number(sized.get("devices_needed"))
    possible = _number(sized.get("requests_per_s_possible"))
    asked = _number(row.get("requests_per_s"))
    chip = sized.get("accelerator_id") or "no accelerator"
    over = sized.get("overloaded")
    overloaded = None if over is None or pd.isna(over) else bool(over)
    refused = str(sized.get("refused_because") or "")
    rate = _rate(possible or 0.0, sized)
    if refused:
        sentence = f"Not answered as held: {refused}"
    elif devices is None or possible is None:
        sentence = "No devices are held, so nothing can be said of today"
    elif overloaded:
        sentence = (
            f"Overloaded: {devices:g} x {chip} carry {rate} requests/s within the targets, "
            f"{asked or 0:.3g} are asked; {needed or 0:g} devices are needed"
        )
    else:
        sentence = f"{devices:g} x {chip} carry up to {rate} requests/s within the targets" + (
            "" if asked is None else f"; {asked:.3g} are asked"
        )
        if needed is not None and needed > devices:
            sentence += f"; within the targets {needed:g} devices would be needed"
    return AsHeld(
        devices=devices,
        devices_needed=needed,
        requests_per_s_asked=asked,
        requests_per_s_possible=possible,
        overloaded=overloaded,
        sentence=sentence,
    )
