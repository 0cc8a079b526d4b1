"""A plan as typed changes, judged again, and as a list of what to migrate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import pandas as pd
from pydantic import JsonValue

from freehold.compliance import Pack, judge, waivers
from freehold.estate import Workspace, dictionary
from freehold.estate.changes import Change
from freehold.estate.publishing import publish
from freehold.estate.scenario_schema import build_schema, drop_schema
from freehold.estate.sql import qualified, quoted
from freehold.planning.places import ESTATE as PLACED
from freehold.planning.plan import Plan, Row

DATA_SET = "data set"
_JUDGED_AS = "plan taken over"
_PLACED_VIEWS = {"transfers", "obligations"}
"""Views whose rows belong to placements, beside those that the judged rules read."""


def last_rows(plan: Plan) -> list[Row]:
    """Return the row of each workload with its largest share at the end of the horizon."""
    chosen: dict[str, Row] = {}
    for row in plan.placements:
        known = chosen.get(row.workload)
        if known is None or (row.to_month, row.share) > (known.to_month, known.share):
            chosen[row.workload] = row
    return [chosen[name] for name in sorted(chosen)]


def changes_of(
    plan: Plan, connection: duckdb.DuckDBPyConnection, estate: str = "estate"
) -> list[Change]:
    """Return the plan as typed changes of the estate: workloads, and where their data is processed.

    A workload spread over several offers is set to the one that carries most of it at the end.
    """
    placed: pd.DataFrame = connection.execute(
        f"""
        SELECT w.workload_id, p.placement_id, p.data_set_id
        FROM {qualified(estate, "workloads")} w
        LEFT JOIN {qualified(estate, "data_sets")} d ON d.application_id = w.application_id
        JOIN {qualified(estate, "placements")} p ON p.workload_id = w.workload_id
          OR (p.data_set_id = d.data_set_id AND p.role = 'processing' AND p.resource_id IS NULL
            AND p.provider_id = w.provider_id)
        ORDER BY ALL
        """
    ).df()
    judged: pd.DataFrame = connection.execute(
        f"""
        SELECT w.workload_id, p.data_set_id, p.provider_id, p.region_id, p.country_iso2,
          p.contract_id, p.key_id
        FROM {qualified(PLACED, "placements")} p
        LEFT JOIN {qualified(estate, "data_sets")} d USING (data_set_id)
        LEFT JOIN {qualified(estate, "workloads")} w ON w.application_id = d.application_id
        WHERE p.placement_id LIKE 'plan:%' AND p.data_set_id IS NOT NULL ORDER BY ALL
        """
    ).df()
    made: list[Change] = []
    moved: set[str] = set()
    for row in last_rows(plan):
        reason = f"Plan: {row.term.replace('_', ' ')} from month {row.from_month}"
        own = None if row.region else row.country
        values: dict[str, JsonValue] = {
            "provider_id": row.provider,
            "region_id": row.region,
            "country_iso2": own,
            "accelerator_id": row.accelerator,
            "term": row.term,
            "instance_type": None
            if row.provider == "on-prem" or row.term == "token_api"
            else row.instance_type,
        }
        made += [
            _set("workloads", {"workload_id": row.workload}, column, value, reason)
            for column, value in values.items()
        ]
        mine = placed[placed["workload_id"] == row.workload]
        there = judged[
            (judged["workload_id"] == row.workload)
            & (judged["provider_id"] == row.provider)
            & (judged["region_id"].fillna("") == (row.region or ""))
            & ((judged["country_iso2"] == own) if own else judged["country_iso2"].isna())
        ]
        # The data is processed as in the candidate that the rules judged: same contract and key.
        for data_set, contract, key in (
            there[["data_set_id", "contract_id", "key_id"]].astype(object).itertuples(index=False)
        ):
            told = {
                "provider_id": row.provider,
                "region_id": row.region,
                "country_iso2": own,
                "service_id": None,
                "contract_id": _text(contract),
                "key_id": _text(key),
                "transfer_instrument": None,
            }
            now = mine[mine["data_set_id"] == data_set]["placement_id"].drop_duplicates()
            for placement in (str(name) for name in now):
                if placement not in moved:
                    moved.add(placement)
                    made += [
                        _set("placements", {"placement_id": placement}, column, value, reason)
                        for column, value in told.items()
                    ]
            if now.empty:
                name = f"PLAN-{row.workload}-{data_set}"
                moved.add(name)
                made.append(
                    Change(
                        target="estate.placements",
                        op="add_row",
                        row={
                            "placement_id": name,
                            "data_set_id": str(data_set),
                            "role": "processing",
                            **told,
                        },
                        reason=reason,
                        source="freehold plan",
                    )
                )
        bare = mine[mine["data_set_id"].isna()]["placement_id"].drop_duplicates()
        for placement in (str(name) for name in bare):
            moved.add(placement)
            made += [
                _set("placements", {"placement_id": placement}, column, value, reason)
                for column, value in (
                    ("provider_id", row.provider),
                    ("region_id", row.region),
                    ("country_iso2", own),
                    ("service_id", None),
                    ("key_id", None),
                )
            ]
        if mine.empty and there.empty:
            # Without a placement no rule of places would see where the workload went.
            made.append(
                Change(
                    target="estate.placements",
                    op="add_row",
                    row={
                        "placement_id": f"PLAN-{row.workload}",
                        "workload_id": row.workload,
                        "role": "processing",
                        "provider_id": row.provider,
                        "region_id": row.region,
                        "country_iso2": own,
                    },
                    reason=reason,
                    source="freehold plan",
                )
            )
    return made


def _set(table: str, key: dict[str, JsonValue], column: str, value: JsonValue, why: str) -> Change:
    return Change(
        target=f"estate.{table}",
        op="set",
        key=key,
        column=column,
        value=value,
        reason=why,
        source="freehold plan",
    )


def judged_again(
    workspace: Workspace,
    plan: Plan,
    packs: Sequence[Pack],
    as_of: date,
    *,
    estate: str = "estate",
    before: Sequence[Change] = (),
) -> dict[str, list[str]]:
    """Return the subjects that fail rules which the plan claims to keep, on the estate as planned.

    Only what the plan places counts: its workloads and the placements it moves. Nothing is left
    behind in the workspace.

    Args:
        workspace: the document.
        plan: the plan, of the case assembled last.
        packs: the rules in force.
        as_of: the day to judge at.
        estate: schema of the estate that was planned.
        before: the changes that make that estate of the base, where it is a scenario's.
    """
    if not plan.placements or not plan.obeyed:
        return {}
    changes = changes_of(plan, workspace.connection, estate)
    kept = [
        replace(pack, rules=tuple(rule for rule in pack.rules if rule.id in plan.obeyed))
        for pack in packs
    ]
    read = {
        name for pack in kept for rule in pack.rules for name in (rule.subject, rule.per) if name
    }
    built = build_schema(workspace, _JUDGED_AS, [*before, *changes], as_of, publish=False)
    try:
        publish(
            workspace.connection,
            estate=built.estate,
            catalogue=built.catalogue,
            schema=built.views,
            as_of=as_of,
            only=(read | _PLACED_VIEWS) & dictionary.views().keys(),
        )
        judge(
            workspace.connection,
            kept,
            as_of,
            views=built.views,
            waivers=waivers.read(workspace.connection, built.estate),
            store="plan_again",
        )
        mine = [row.workload for row in plan.placements]
        moved = [
            str((change.key or change.row or {})["placement_id"])
            for change in changes
            if change.target == "estate.placements"
        ]
        rows = workspace.connection.execute(
            f"""
            SELECT v.rule_id, v.subject_id FROM plan_again.verdicts v
            LEFT JOIN {quoted(built.views)}.transfers t ON t.transfer = v.subject_id
            LEFT JOIN {quoted(built.views)}.obligations o ON o.obligation = v.subject_id
            WHERE v.result = 'fail' AND list_contains(?, v.rule_id)
              AND (list_contains(?, v.subject_id) OR list_contains(?, v.subject_id)
                OR list_contains(?, t.placement) OR list_contains(?, o.placement))
            ORDER BY ALL
            """,
            [plan.obeyed, mine, moved, moved, moved],
        ).fetchall()
    finally:
        drop_schema(workspace, _JUDGED_AS)
    found: dict[str, list[str]] = {}
    for rule, subject in rows:
        found.setdefault(str(rule), []).append(str(subject))
    return found


@dataclass(frozen=True)
class Migration:
    """One move: what, from where to where, in which order, at what cost, under which clauses.

    `workload` is the id of what moves, a workload or (`kind` data set) a data set that is copied.
    """

    order: int
    workload: str
    moves_from: str
    moves_to: str
    month: int
    cost_usd: float
    egress_gb: float
    duration_months: float | None
    contract: str | None
    notice_months: float | None
    transition_days: int | None
    egress_fee_on_switch: bool | None
    contract_ends: str | None
    commitments: list[str]
    kind: str = "workload"


def migrations(
    plan: Plan,
    connection: duckdb.DuckDBPyConnection,
    move_usd: dict[str, float],
    estate: str = "estate",
) -> list[Migration]:
    """Return what moves, earliest first, then least data first, with what binds it today.

    Args:
        plan: the plan.
        connection: holds the estate.
        move_usd: cost of moving each workload, as planned.
        estate: schema of the estate.
    """
    today: pd.DataFrame = (
        connection.execute(
            f"""
            WITH bound AS (
              SELECT provider_id, min(contract_id) AS contract_id
              FROM {qualified(estate, "contracts")}
              WHERE status IS NULL OR status = 'active' GROUP BY provider_id),
            exits AS (
              SELECT contract_id, max(CAST(duration_months AS DOUBLE)) AS months
              FROM {qualified(estate, "exit_plans")} GROUP BY contract_id),
            promised AS (
              SELECT provider_id, list(commitment_id || ' until ' || end_date
                ORDER BY commitment_id) AS names
              FROM {qualified(estate, "commitments")} GROUP BY provider_id)
            SELECT w.workload_id, w.provider_id, w.region_id, w.country_iso2,
              c.contract_id, CAST(c.notice_months AS DOUBLE) AS notice,
              c.transition_days, c.egress_fee_on_switch, CAST(c.end_date AS VARCHAR) AS ends,
              x.months, p.names
            FROM {qualified(estate, "workloads")} w
            LEFT JOIN bound b ON b.provider_id = w.provider_id
            LEFT JOIN {qualified(estate, "contracts")} c ON c.contract_id = b.contract_id
            LEFT JOIN exits x ON x.contract_id = c.contract_id
            LEFT JOIN promised p ON p.provider_id = w.provider_id
            """
        )
        .df()
        .astype(object)
    )
    known = {str(row["workload_id"]): row for row in today.to_dict("records")}
    made: list[Migration] = []
    for row in plan.placements:
        now = known[row.workload]
        provider = _text(now["provider_id"])
        there = _text(now["region_id"]) or _text(now["country_iso2"])
        if provider == row.provider and there == (row.region or row.country):
            continue
        away = provider is not None
        made.append(
            Migration(
                order=0,
                workload=row.workload,
                moves_from=f"{provider}/{there or '*'}" if away else "nowhere",
                moves_to=f"{row.provider}/{row.region or row.country or '*'}",
                month=row.from_month,
                cost_usd=round(move_usd.get(row.workload, 0.0) * row.share, 2) if away else 0.0,
                egress_gb=0.0,
                duration_months=_number(now["months"]),
                contract=_text(now["contract_id"]),
                notice_months=_number(now["notice"]),
                transition_days=_whole(now["transition_days"]),
                egress_fee_on_switch=_flag(now["egress_fee_on_switch"]),
                contract_ends=_text(now["ends"]),
                commitments=list(now["names"])
                if now["names"] is not None and not isinstance(now["names"], float)
                else [],
            )
        )
    made += _copied(plan, connection, estate)
    # Data stand there before what reads them.
    made.sort(
        key=lambda one: (
            one.month,
            one.kind != DATA_SET,
            one.egress_gb,
            one.workload,
            one.moves_to,
        )
    )
    return [
        Migration(**{**one.__dict__, "order": place}) for place, one in enumerate(made, start=1)
    ]


def _copied(plan: Plan, connection: duckdb.DuckDBPyConnection, estate: str) -> list[Migration]:
    """Return the data sets that are brought to a place where they are not today."""
    known = {
        str(name): (float(gb or 0.0), place)
        for name, gb, place in connection.execute(
            f"""
            SELECT d.data_set_id, CAST(d.volume_gb AS DOUBLE), first(p.provider_id || '/'
              || coalesce(p.region_id, p.country_iso2, '*') ORDER BY p.placement_id)
            FROM {qualified(estate, "data_sets")} d
            LEFT JOIN {qualified(estate, "placements")} p ON p.data_set_id = d.data_set_id
              AND p.role = 'storage' AND p.provider_id IS NOT NULL GROUP BY ALL
            """
        ).fetchall()
    }
    made = []
    for copy in plan.data_sets:
        if copy.is_there_today and copy.from_month == 1:
            continue
        gb, place = known[copy.data_set]
        made.append(
            Migration(
                order=0,
                workload=copy.data_set,
                moves_from=place or "nowhere",
                moves_to=f"{copy.provider}/{copy.region or copy.country or '*'}",
                month=copy.from_month,
                cost_usd=copy.once_usd,
                egress_gb=gb,
                duration_months=None,
                contract=None,
                notice_months=None,
                transition_days=None,
                egress_fee_on_switch=None,
                contract_ends=None,
                commitments=[],
                kind=DATA_SET,
            )
        )
    return made


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    number = float(str(value)) if value is not None and str(value) not in ("<NA>", "NaT") else None
    return None if number is None or math.isnan(number) else number


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _flag(value: object) -> bool | None:
    return bool(value) if str(value) in ("True", "False") else None
