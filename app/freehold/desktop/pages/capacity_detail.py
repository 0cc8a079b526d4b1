"""One workload looked at closely: sized, priced, its latency over load, and who could run it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from freehold.capacity import Tables, candidates, latency_curve, size_workloads
from freehold.charts import LineChart
from freehold.charts.figure import LineSeries, Reference
from freehold.costing import cost_workloads
from freehold.desktop.pages.capacity_values import Line, Ranged, figure, known, said, translate
from freehold.desktop.work import Task
from freehold.errors import FreeholdError
from freehold.scenarios import Run

PARTS = ("weights", "kv", "gradients", "optimizer", "activations", "reserve")
_BEYOND = 1.3


@dataclass(frozen=True, slots=True)
class Detail:
    """What the lower half of the page shows; `why_no_curve` and `why_no_offers` are sentences."""

    spec: "pd.Series[Any]"
    sized: "pd.Series[Any]"
    device_gib: float | None
    device_verified: bool
    curve: pd.DataFrame | None
    why_no_curve: str
    offers: list[Line]
    why_no_offers: str
    as_of: date


def specification(run: Run, workload_id: str) -> pd.DataFrame:
    """Return the workload's row of the estate shown."""
    cursor = run.connection.cursor()
    return cursor.execute(
        f'SELECT * FROM "{run.schemas.estate}".workloads WHERE workload_id = ?', [workload_id]
    ).df()


def detail(run: Run, spec: pd.DataFrame, task: Task) -> Detail:
    """Size, price and compare one workload; a few tenths of a second."""
    connection = task.cursor(run.connection)
    catalogue = run.schemas.catalogue
    facts = Tables.read(connection, catalogue=catalogue)
    sized = size_workloads(spec, connection, tables=facts, catalogue=catalogue)
    task.progress(0.3, said(spec["name"].iloc[0]))
    priced = cost_workloads(sized, connection, as_of=run.as_of, catalogue=catalogue)
    extra = [name for name in priced.columns if name not in sized.columns]
    row = pd.concat([sized, priced[extra]], axis=1).iloc[0]
    row["name"] = spec["name"].iloc[0]
    chip = connection.execute(
        f'SELECT memory_gb, verified FROM "{catalogue}".accelerators WHERE accelerator_id = ?',
        [said(row.get("accelerator_id"))],
    ).fetchone()
    curve, why_no_curve = None, ""
    if said(spec["kind"].iloc[0]) != "serving":
        why_no_curve = translate("capacity", "Only serving workloads have latency over load.")
    else:
        try:
            curve = latency_curve(spec, connection, tables=facts, catalogue=catalogue)
        except FreeholdError as error:
            why_no_curve = str(error)
        if curve is not None and len(curve) == 1 and said(curve["refused_because"].iloc[0]):
            why_no_curve, curve = said(curve["refused_because"].iloc[0]), None
    task.progress(0.5, said(spec["name"].iloc[0]))
    offers: list[Line] = []
    why_no_offers = said(row.get("refused_because"))
    if not why_no_offers and known(row.get("fits")) is not None:
        try:
            offers = _offers(
                candidates(spec, connection, as_of=run.as_of, catalogue=catalogue, tables=facts)
            )
        except FreeholdError as error:
            why_no_offers = str(error)
    return Detail(
        spec=spec.iloc[0],
        sized=row,
        device_gib=None if chip is None or chip[0] is None else float(chip[0]),
        device_verified=bool(chip and chip[1]),
        curve=curve,
        why_no_curve=why_no_curve,
        offers=offers,
        why_no_offers=why_no_offers or translate("capacity", "No offer could be compared."),
        as_of=run.as_of,
    )


def memory_parts(row: "pd.Series[Any]") -> list[tuple[str, float]]:
    """Return the parts of memory on the fullest device in GiB, those that are there."""
    found = []
    for part in PARTS:
        size = known(row.get(f"memory_{part}_gib"))
        if size:
            found.append((part, float(size)))
    return found


def curve_figure(found: Detail, metric: str, titles: dict[str, str]) -> LineChart:
    """Return latency against requests in flight, with the 80 % band and the target."""
    title = translate("capacity", "{0} against load").format(titles[metric])
    if found.curve is None:
        return LineChart(title=title, lines=(), empty=found.why_no_curve)
    table = found.curve[found.curve[metric].notna()]
    held = table.loc[table["memory_limited"] != True, "concurrency"]  # noqa: E712 - may be NULL
    if len(held):
        # Beyond what memory holds requests only queue: a little of that is enough to see.
        table = table[table["concurrency"] <= _BEYOND * float(held.max())]
    line = LineSeries(
        name=titles[metric],
        x=tuple(float(v) for v in table["concurrency"]),
        y=tuple(float(v) for v in table[metric]),
        low=tuple(float(v) for v in table[f"{metric}_low80"]),
        high=tuple(float(v) for v in table[f"{metric}_high80"]),
    )
    target = known(
        found.spec.get({"ttft_ms": "ttft_slo_ms", "tpot_ms": "tpot_slo_ms"}.get(metric, ""))
    )
    references: tuple[Reference, ...] = ()
    if target is not None:
        label = translate("capacity", "target {0} ms").format(figure(target))
        references = (Reference(value=float(target), label=label, colour="bad"),)
    return LineChart(
        title=title,
        subtitle=translate("capacity", "One replica; the band is the 80 % range"),
        unit="ms",
        lines=(line,) if len(table) else (),
        references=references,
        x_title=translate("capacity", "requests in flight"),
        y_title="ms",
        source=translate("capacity", "Physics of model and chip; facts of the catalogue"),
        as_of=found.as_of,
        empty=translate("capacity", "This workload has no such figure."),
    )


def refreshed(run: Run, found: Detail) -> Run:
    """Return the run with the detail's figures in place of the workload's own."""
    workloads = run.workloads.copy()
    at = workloads.index[workloads["workload_id"] == found.sized["workload_id"]]
    for name in workloads.columns:
        if len(at) and name in found.sized.index:
            workloads.at[at[0], name] = found.sized[name]
    return replace(run, workloads=workloads)


def _offers(table: pd.DataFrame) -> list[Line]:
    rows: list[Line] = []
    for row in table.to_dict("records"):
        price, cost = known(row.get("usd_per_hour")), known(row.get("cost_per_month"))
        doubtful = known(row.get("price_verified")) is False
        refused = said(row.get("refused_because"))
        mark = " †" if doubtful else ""
        rows.append(
            {
                "provider": said(row.get("provider_id")) or None,
                "region": said(row.get("region_id")) or None,
                "machine": said(row.get("instance_type")) or None,
                "term": said(row.get("term")).replace("_", " ") or None,
                "accelerator": said(row.get("accelerator_id")) or None,
                "machines": known(row.get("machines")),
                "price": None if price is None else Ranged(float(price), f"{figure(price)}{mark}"),
                "cost": None if cost is None else float(cost),
                "kwh": known(row.get("kwh_per_month")),
                "remarks": refused or said(row.get("price_flags")) or None,
                "refused": bool(refused),
                "as_of": said(row.get("price_as_of")) or None,
                "source": said(row.get("price_source")) or None,
            }
        )
    return rows
