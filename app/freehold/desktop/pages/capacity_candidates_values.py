"""What the candidates tab shows: rows of a search, and the cost of a million tokens by chip."""

from typing import Any

import pandas as pd

from freehold.capacity import Search, TrainingSearch
from freehold.charts import BarChart
from freehold.charts.figure import Series
from freehold.desktop.pages.capacity_values import (
    Line,
    Ranged,
    figure,
    known,
    ranged,
    said,
    translate,
)
from freehold.desktop.tables import Column
from freehold.desktop.tables.columns import Row

_BARS = 5  # more names than these overlap where the window is small


def _muted(_value: object, row: Row) -> str | None:
    return "muted" if row.get("refused") else None


def _doubt(value: object, _row: Row) -> str | None:
    return "warn" if str(value).endswith(("†", "*")) else None


def serving_columns() -> list[Column]:
    """Return the columns of candidate machines."""
    words = {
        "chip": translate("capacity", "Chip"),
        "cost": translate("capacity", "USD per million tokens"),
        "machine": translate("capacity", "Provider and machine"),
        "devices": translate("capacity", "Devices"),
        "precision": translate("capacity", "Weights/compute/cache"),
        "ways": translate("capacity", "Ways and batch"),
        "ttft": translate("capacity", "First token, ms"),
        "tpot": translate("capacity", "Per token, ms"),
        "kwh": translate("capacity", "kWh per million tokens"),
        "month": translate("capacity", "USD a month"),
        "rate": translate("capacity", "Largest load, requests/s"),
        "remarks": translate("capacity", "Remarks"),
        "source": translate("capacity", "Price as of"),
    }
    widths = {"chip": 176, "machine": 208, "cost": 168, "devices": 76, "precision": 148,
              "ways": 140, "ttft": 136, "tpot": 128, "kwh": 176, "month": 104, "rate": 168,
              "remarks": 320, "source": 220}  # fmt: skip
    tones = {"chip": _doubt, "machine": _muted, "remarks": _muted, "month": _doubt}
    return [
        Column(name, words[name], "number" if name == "devices" else "text",
               0 if name == "devices" else None, width=widths[name], tone=tones.get(name))
        for name in words
    ]  # fmt: skip


def serving_rows(found: Search) -> list[Line]:
    """Return one row per machine, best first, then one per chip that cannot, with the reason."""
    rows: list[Line] = [_candidate(row) for _, row in found.rows.iterrows()]
    able = set(found.rows["accelerator_id"]) if len(found.rows) else set()
    rest = found.refused[~found.refused["accelerator_id"].isin(able)]
    worst = rest.sort_values("configurations").drop_duplicates("accelerator_id", keep="last")
    rows += [
        {"chip": said(row["accelerator_id"]), "remarks": said(row["reason"]), "refused": True}
        for _, row in worst.sort_values("accelerator_id").iterrows()
    ]
    return rows


def _candidate(row: "pd.Series[Any]") -> Line:
    measured = bool(row["chip_measured"])
    parts = [f"{word}{row[name]:g}" for name, word in
             (("tp", "TP"), ("pp", "PP"), ("dp", "DP"), ("ep", "EP")) if row[name] > 1]  # fmt: skip
    batch = translate("capacity", "batch {0}").format(f"{row['batch_per_replica']:g}")
    remarks = [
        "" if measured else translate("capacity", "chip never measured: wider range"),
        said(row.get("price_flags")),
        said(row.get("assumed")),
    ]
    doubtful = known(row.get("price_verified")) is False
    month = known(row.get("usd_per_month"))
    return {
        "chip": said(row["accelerator_id"]) + ("" if measured else " *"),
        "machine": _written(row, "provider_id", "instance_type", "region_id"),
        "cost": ranged(row, "usd_per_m_tokens"),
        "devices": known(row["devices"]),
        "precision": "/".join(said(row[f"{name}_precision"]) for name in
                              ("weight", "activation", "kv")),
        "ways": " ".join([*parts, batch]),
        "ttft": ranged(row, "ttft_ms"),
        "tpot": ranged(row, "tpot_ms"),
        "kwh": ranged(row, "kwh_per_m_tokens"),
        "month": None if month is None
        else Ranged(float(month), figure(month) + (" †" if doubtful else "")),
        "rate": ranged(row, "requests_per_s"),
        "remarks": "; ".join(filter(None, remarks)) or None,
        "source": _written(row, "price_as_of", "price_source"),
    }  # fmt: skip


def _written(row: "pd.Series[Any]", *names: str) -> str | None:
    return " ".join(filter(None, (said(row.get(name)) for name in names))) or None


def training_columns() -> list[Column]:
    """Return the columns of training layouts."""
    return [
        Column("ways", translate("capacity", "Layout"), width=224),
        Column("schedule", translate("capacity", "Schedule"), width=232),
        Column("step", translate("capacity", "Step, s"), width=136),
        Column("mfu", translate("capacity", "MFU"), width=136),
        Column("memory", translate("capacity", "GiB a device"), width=136),
        Column("days", translate("capacity", "Days a run"), width=136),
        Column("hours", translate("capacity", "GPU hours a run"), width=160),
        Column("goodput", translate("capacity", "Goodput"), width=120),
        Column("cost", translate("capacity", "USD a run"), width=160),
        Column("remarks", translate("capacity", "Remarks"), width=320, tone=_muted),
    ]


def training_rows(found: TrainingSearch) -> list[Line]:
    """Return one row per layout, best first, then the reasons of those that cannot run."""
    rows: list[Line] = []
    for _, row in found.rows.iterrows():
        ways = [f"{word} {row[name]:g}" for name, word in
                (("tp", "TP"), ("pp", "PP"), ("cp", "CP"), ("ep", "EP"), ("dp", "DP"))
                if row[name] > 1]  # fmt: skip
        schedule = translate("capacity", "ZeRO {0}, micro-batch {1}, recompute {2}").format(
            f"{row['zero']:g}", f"{row['micro_batch']:g}", row["recompute"]
        )
        rows.append(
            {
                "ways": ", ".join(ways) or "1",
                "schedule": schedule,
                "step": ranged(row, "step_time_s"),
                "mfu": ranged(row, "mfu"),
                "memory": ranged(row, "memory_total_gib"),
                "days": ranged(row, "days"),
                "hours": ranged(row, "gpu_hours"),
                "goodput": ranged(row, "goodput"),
                "cost": ranged(row, "usd_per_run"),
                "remarks": said(row["assumed"]) or None,
            }
        )
    rows += [
        {
            "remarks": translate("capacity", "{0} layouts: {1}").format(
                f"{row['configurations']:g}", row["reason"]
            ),
            "refused": True,
        }
        for _, row in found.refused.iterrows()
    ]
    return rows


def cost_figure(found: Search | None, as_of: Any) -> BarChart:
    """Return the cost of a million tokens on the cheapest machine of each chip."""
    title = translate("capacity", "USD per million tokens")
    rows = pd.DataFrame() if found is None or found.rows.empty else found.rows
    if len(rows):
        rows = rows[rows["usd_per_m_tokens"].notna()].sort_values("usd_per_m_tokens")
        rows = rows.drop_duplicates("accelerator_id")[:_BARS]
    chips = [said(row["accelerator_id"]) + ("" if row["chip_measured"] else " *")
             for _, row in rows.iterrows()]  # fmt: skip
    return BarChart(
        title=title,
        subtitle=translate(
            "capacity",
            "Prompt and output alike, idle hours paid; hatched: never measured",
        ),
        categories=tuple(chips),
        series=(
            Series(
                name=translate("capacity", "USD per million tokens"),
                values=tuple(float(v) for v in rows.get("usd_per_m_tokens", ())),
                hatched=tuple(not bool(v) for v in rows.get("chip_measured", ())),
            ),
        ),
        horizontal=True,
        source=translate("capacity", "Physics of model and chip; prices of the catalogue"),
        as_of=as_of,
        empty=translate("capacity", "No machine with a price can serve this workload."),
    )
