"""Measured use of workloads from Prometheus: the answer to a range query, as JSON or as text.

JSON as the HTTP API gives it (`/api/v1/query_range`, result type matrix), text as `promtool query
range` prints it: the series, `=>`, then `VALUE @[TIME]` a line. Samples become figures a day (UTC):
counters their increase, resets counted from zero and without extrapolation; gauges their mean.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freehold.errors import InputError
from freehold.importers.actuals import COLUMNS, DAY_HOURS, Measured
from freehold.importers.lookups import data_frame

LABELS = (
    "workload_id", "workload", "app", "deployment", "service", "job_name", "model_name", "pod",
)  # fmt: skip
"""Labels that may name the workload, the first one present counts."""

_SERIES = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)?\{(?P<labels>.*)\} =>\s*(?P<rest>.*)$")
_SAMPLE = re.compile(r"^(?P<value>\S+) @\[(?P<time>[^\]]+)\]$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class _Series:
    record: int
    labels: dict[str, str]
    samples: list[tuple[Any, Any]]


def is_answer(path: Path) -> bool:
    """Tell whether a file looks like Prometheus' answer rather than a table."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.read(4096).lstrip()
    return head.startswith("{") or "} =>" in head


def read_answer(
    path: Path, known: Callable[[str], str | None], label: str | None = None
) -> Measured:
    """Read the answer to a range query; each series is one record.

    Args:
        path: the file.
        known: workload id of a label's value, None if the document has no such workload.
        label: label that names the workload; else the first of LABELS that a series has.

    Raises:
        InputError: it is not such an answer, or holds no series.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise InputError("The file cannot be read as text", where=path.name) from error
    found = _of_json(text, path.name) if text.lstrip().startswith("{") else _of_text(text)
    if not found:
        raise InputError("The answer holds no series", where=path.name, mend="Widen the range")
    metrics = data_frame("prometheus_metrics.csv").set_index("metric").to_dict("index")
    parts, left = [], []
    for series in found:
        reason, part = _figures(series, metrics, known, label)
        if reason:
            left.append((series.record, reason, json.dumps(series.labels, sort_keys=True)[:2000]))
        else:
            parts.append(part)
    rejected = pd.DataFrame(left, columns=["record", "reason", "raw"])
    notes = ("counters: increase over each day (UTC), resets counted from zero; gauges: mean",)
    return Measured(_days(parts), rejected, len(found), notes)


def _of_json(text: str, name: str) -> list[_Series]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("The file is not valid JSON", where=name) from error
    data = answer.get("data") if isinstance(answer, dict) else None
    if isinstance(answer, dict) and answer.get("status") == "error":
        said = str(answer.get("error", "no reason given"))[:200]
        raise InputError(f"Prometheus answered with an error: {said}", where=name)
    result = data.get("result") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(result, list):
        raise InputError(
            "This is not the answer to a Prometheus query",
            where=name,
            mend="Save what /api/v1/query_range answers",
        )
    if data.get("resultType") != "matrix":
        raise InputError(
            f"The answer is of the type {data.get('resultType')}, not a range",
            where=name,
            mend="Ask /api/v1/query_range with start, end and step",
        )
    found = []
    for number, series in enumerate(result, 1):
        entry = series if isinstance(series, dict) else {}
        labels, values = entry.get("metric"), entry.get("values")
        found.append(
            _Series(
                number,
                {str(k): str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
                [tuple(v) for v in values if isinstance(v, list) and len(v) == 2]
                if isinstance(values, list)
                else [],
            )
        )
    return found


def _of_text(text: str) -> list[_Series]:
    found: list[_Series] = []
    for line in text.splitlines():
        said = line.strip()
        head = _SERIES.match(said)
        if head:
            labels = dict(_LABEL.findall(head["labels"]))
            if head["name"]:
                labels["__name__"] = head["name"]
            found.append(_Series(len(found) + 1, labels, []))
            said = head["rest"]
        sample = _SAMPLE.match(said)
        if sample and found:
            found[-1].samples.append((sample["time"], sample["value"]))
    return found


def _figures(
    series: _Series,
    metrics: dict[Any, dict[Any, Any]],
    known: Callable[[str], str | None],
    label: str | None,
) -> tuple[str, pd.DataFrame]:
    """Return why a series is left out, or its figures a day."""
    empty = pd.DataFrame()
    name = series.labels.get("__name__")
    if name is None:
        return "the series has no metric name: query the metric itself, not a function of it", empty
    if name not in metrics:
        return f"the metric {name} is not known", empty
    wanted = (label,) if label else LABELS
    said = next((series.labels[one] for one in wanted if series.labels.get(one)), "")
    workload = known(said)
    if workload is None and not said:
        return f"no label names the workload ({', '.join(wanted)})", empty
    if workload is None:
        return f"the document has no workload '{said}'", empty
    times = pd.to_numeric(pd.Series([t for t, _ in series.samples], dtype=object), errors="coerce")
    values = pd.to_numeric(pd.Series([v for _, v in series.samples], dtype=object), errors="coerce")
    fine = np.isfinite(times.astype("float64")) & np.isfinite(values.astype("float64"))
    if not fine.any():
        return "the series has no sample that is a number", empty
    table = pd.DataFrame({"time": times[fine], "value": values[fine]}).sort_values("time")
    metric = metrics[name]
    step = table["time"].diff()
    metric = metrics[name]
    if metric["kind"] == "counter":
        rise = table["value"].diff()
        table["value"] = rise.where(rise >= 0, table["value"])
        # A rise belongs to the day that holds its middle, as midnight ends the day before.
        table["time"] -= step / 2.0
        table, step = table.iloc[1:], step.iloc[1:]
        if table.empty:
            return "one sample of a counter tells no increase", empty
    else:
        step = step.fillna(step.median() if len(step) > 1 else DAY_HOURS * 3600.0)
    table["day"] = pd.to_datetime(table["time"], unit="s").dt.floor("D")
    days = table.assign(hours=step / 3600.0).groupby("day")
    values_a_day = days["value"].sum() if metric["kind"] == "counter" else days["value"].mean()
    figure = (values_a_day * float(metric["factor"])).reset_index(name="value")
    return "", figure.assign(
        hours=days["hours"].sum().clip(upper=DAY_HOURS).round(4).to_numpy(),
        workload_id=workload,
        column=metric["column"],
        kind=metric["kind"],
        record=series.record,
    )


def _days(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per workload and day: counters of its series summed, gauges averaged."""
    columns = ["record", *COLUMNS]
    if not parts:
        return pd.DataFrame({column: [] for column in columns})
    every = pd.concat(parts, ignore_index=True)
    keys = ["workload_id", "day"]
    summed = every[every["kind"] == "counter"].pivot_table("value", keys, "column", "sum")
    averaged = every[every["kind"] == "gauge"].pivot_table("value", keys, "column", "mean")
    wide = summed.join(averaged, how="outer") if len(averaged) else summed
    wide = averaged if not len(summed) else wide
    wide = wide.join(every.groupby(keys).agg({"record": "min", "hours": "max"})).reset_index()
    wide = wide.rename(columns={"day": "period_start"})
    if "utilisation" in wide:
        wide["utilisation"] = wide["utilisation"].clip(0.0, 1.0)
    return wide.reindex(columns=columns)
