"""What the Overview page shows, read from a run's views and verdicts; safe in a thread."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from freehold.compliance import RuleResult, csf
from freehold.compliance.compiled import Compiled
from freehold.compliance.deadlines import Deadline, deadlines
from freehold.compliance.engine import quoted
from freehold.compliance.findings import rows_sql
from freehold.estate import dictionary
from freehold.estate.sql import literal
from freehold.scenarios import Run
from freehold.scenarios.sites import Placed, exposure_sql, placed

HORIZON_DAYS = 365
DATA_CLASSES = "data_classes"
"""Stands for all columns of data classes: they are told together."""


@dataclass(frozen=True, slots=True)
class Spend:
    """What one ultimate parent is paid per month; None stands for resources without a parent."""

    parent: str | None
    usd: float
    exposure: str
    resources: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """A column nobody has told, in how many unknown verdicts of how many rules."""

    view: str
    column: str
    doc: str
    verdicts: int
    rules: int


@dataclass(frozen=True, slots=True)
class Gpu:
    """The workloads on accelerators per month; None where no workload tells."""

    workloads: int
    hours: float | None
    hours_of: int
    cost_usd: float | None
    cost_of: int
    carbon_kg: float | None
    carbon_of: int


@dataclass(frozen=True, slots=True)
class Scores:
    """The overall rule score before and after waivers and at worst, 0 to 100."""

    before: float | None
    after: float | None
    worst: float | None


@dataclass(frozen=True)
class OverviewData:
    """Everything the page shows beside the run itself."""

    framework: csf.Framework
    placed: Placed
    spend: tuple[Spend, ...]
    unpriced: int
    expiries: tuple[Deadline, ...]
    missing: tuple[Missing, ...]
    unconfirmed: int
    gpu: Gpu
    scores: Scores
    share_base: str | None


def read(run: Run, connection: duckdb.DuckDBPyConnection) -> OverviewData:
    """Read what the page shows of a run.

    Args:
        run: the run whose views and verdicts are still at hand.
        connection: a cursor on the document's database.
    """
    views = quoted(run.schemas.views)
    unpriced = _row(
        connection, f"SELECT count(*) FROM {views}.resources WHERE cost_usd IS NULL AND {_LIVE}"
    )[0]
    unconfirmed = _row(
        connection,
        f"SELECT count(*) FROM {quoted(run.store)}.verdicts "
        "WHERE result = 'unknown' AND reason = 'unverified'",
    )[0]
    return OverviewData(
        framework=csf.load_framework(connection, run.schemas.catalogue),
        placed=placed(connection, run.schemas.views),
        spend=_spend(connection, views),
        unpriced=unpriced,
        expiries=_expiries(connection, run),
        missing=_missing(connection, run),
        unconfirmed=unconfirmed,
        gpu=_gpu(run.workloads),
        scores=Scores(
            weighted(run.judgement.rules, "score"),
            weighted(run.judgement.rules, "score_after_waivers"),
            weighted(run.judgement.rules, "score_worst_case"),
        ),
        share_base=_share_base(connection, views),
    )


def weighted(rules: Sequence[RuleResult], name: str) -> float | None:
    """Return the mean of a score over the rules that have one, weighted by rule weight."""
    known = [(rule.weight, getattr(rule, name)) for rule in rules]
    parts = [(weight, value) for weight, value in known if value is not None]
    total = sum(weight for weight, _ in parts)
    return sum(weight * value for weight, value in parts) / total if total else None


_LIVE = (
    "available IS DISTINCT FROM FALSE"
    " AND (status IS NULL OR status NOT IN ('decommissioned', 'not_in_source'))"
)


def _spend(connection: duckdb.DuckDBPyConnection, views: str) -> tuple[Spend, ...]:
    found = connection.execute(
        f"""
        SELECT provider_group, CAST(sum(cost_usd) AS DOUBLE), {exposure_sql("r")} AS exposure,
               count(*), coalesce(bool_and(provider_group__verified), TRUE)
        FROM {views}.resources AS r WHERE cost_usd IS NOT NULL AND {_LIVE}
        GROUP BY provider_group, exposure ORDER BY sum(cost_usd) DESC, provider_group
        """
    ).fetchall()
    return tuple(Spend(*row) for row in found)


def _expiries(connection: duckdb.DuckDBPyConnection, run: Run) -> tuple[Deadline, ...]:
    found = deadlines(
        connection,
        run.packs,
        run.as_of,
        within_days=HORIZON_DAYS,
        views=run.schemas.views,
        estate=run.schemas.estate,
        catalogue=run.schemas.catalogue,
    )
    return tuple(row for row in found if row.on >= run.as_of)


def _missing(connection: duckdb.DuckDBPyConnection, run: Run) -> tuple[Missing, ...]:
    """Count, over the unknown verdicts, which columns of the deciding row nobody has told."""
    open_rules = {rule.id for rule in run.judgement.rules if rule.unknown}
    rules = [r for r in run.judgement.judged.rules if r.rule.id in open_rules and r.columns]
    tally: dict[tuple[str, str], tuple[int, int]] = {}
    for group in _read_together(rules):
        asked = [(rule, name, columns) for rule in group for name, columns in _asked(rule).items()]
        counts = ", ".join(
            f"count(*) FILTER (v.rule_id = {literal(rule.rule.id)} AND shown.finding_subject IS"
            f" NOT NULL AND ({' OR '.join(f'shown.{quoted(c)} IS NULL' for c in columns)}))"
            for rule, _, columns in asked
        )
        found = _row(
            connection,
            f"SELECT {counts} FROM {quoted(run.store)}.verdicts AS v"
            f" LEFT JOIN ({rows_sql(run.judgement.judged, group[0])}) AS shown"
            " ON shown.finding_subject = v.subject_id"
            " WHERE list_contains(?, v.rule_id) AND v.result = 'unknown'",
            [[rule.rule.id for rule in group]],
        )
        for (rule, name, _), number in zip(asked, found, strict=True):
            if number:
                verdicts, rules_so_far = tally.get((rule.view.name, name), (0, 0))
                tally[rule.view.name, name] = verdicts + number, rules_so_far + 1
    documented = dictionary.views()
    ranked = sorted(tally.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(
        Missing(view, name, _in_words(documented[view], name), *counts)
        for (view, name), counts in ranked
    )


def _read_together(rules: Sequence[Compiled]) -> list[list[Compiled]]:
    """Return the rules apart by the rows they read; a rule `per` something has rows of its own."""
    groups: dict[tuple[str, str], list[Compiled]] = {}
    for rule in rules:
        own = rule.rule.id if rule.parent else ""
        groups.setdefault((rule.view.name, own), []).append(rule)
    return list(groups.values())


def _asked(rule: Compiled) -> dict[str, list[str]]:
    """Return the columns that a rule reads by what they tell; data classes count as one."""
    classes = {f"is_{name}" for name in dictionary.data_classes()}
    asked: dict[str, list[str]] = {}
    for name in rule.columns:
        asked.setdefault(DATA_CLASSES if name in classes else name, []).append(name)
    return asked


def _in_words(view: dictionary.Table, column: str) -> str:
    found = view.documented.get(column)
    name = column.replace("_", " ").capitalize()
    # The documentation of a yes-or-no column says when it is true, which is no name.
    if found is None or not found.doc or found.doc.startswith(("TRUE", "FALSE")):
        return name
    return found.doc.partition(";")[0].partition(":")[0]


def _gpu(workloads: pd.DataFrame) -> Gpu:
    on_gpu = workloads[workloads["accelerator_id"].notna()] if len(workloads) else workloads
    sums: list[tuple[float | None, int]] = []
    for name in ("device_hours_per_month", "cost_per_month", "kg_co2e_per_month"):
        known = (
            pd.to_numeric(on_gpu[name], errors="coerce").dropna()
            if name in on_gpu
            else pd.Series(dtype=float)
        )
        sums.append((float(known.sum()) if len(known) else None, len(known)))
    (hours, hours_of), (cost, cost_of), (carbon, carbon_of) = sums
    return Gpu(len(on_gpu), hours, hours_of, cost, cost_of, carbon, carbon_of)


def _share_base(connection: duckdb.DuckDBPyConnection, views: str) -> str | None:
    """Return what the largest parent's share is a share of, as `measures.largest_group` takes."""
    found = connection.execute(
        f"SELECT base FROM {views}.shares WHERE dimension = 'provider_group' AND share IS NOT NULL"
        " AND member IS NOT NULL AND base IN ('cost', 'resources')"
        " ORDER BY base = 'cost' DESC LIMIT 1"
    ).fetchone()
    return str(found[0]) if found else None


def _row(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] = ()
) -> tuple[int, ...]:
    found = connection.execute(sql, list(values)).fetchone() or ()
    return tuple(int(value or 0) for value in found)
