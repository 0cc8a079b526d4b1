"""Several sources of one import, or an import over what the estate already has, joined by key."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from freehold.importers.account import ImportAccount

DAYS_PER_MONTH = 30.4375
_KEYS = {"resources": "resource_id", "commitments": "commitment_id"}
_ADDED = ("billed_cost", "effective_cost", "cost_monthly")


Frames = dict[str, pd.DataFrame]


def merge_sources(
    parts: list[Frames],
    account: ImportAccount,
    connection: duckdb.DuckDBPyConnection,
) -> tuple[Frames, list[Frames]]:
    """Join the frames of several sources; `account` learns what was joined.

    A resource that several sources name becomes one row: costs in one currency are added, costs in
    another currency keep a row of their own, any other column takes the first source that fills it.
    Monthly cost is scaled anew where bills of one provider cover more than one period. Returned
    are the joined frames, and what each source by itself says under the same keys and scales.
    """
    if len(parts) == 1:
        return dict(parts[0]), [dict(parts[0])]
    merged: Frames = {}
    told: list[Frames] = [{} for _ in parts]
    for table in sorted({name for part in parts for name in part}):
        frames = [
            part[table].assign(source_number=number)
            for number, part in enumerate(parts)
            if table in part and len(part[table])
        ]
        if not frames:
            continue
        whole = pd.concat(frames, ignore_index=True)
        if table == "resources":
            whole = _rescale(whole, account)
        key = _KEYS.get(table)
        joined = whole
        if key is not None and whole[key].duplicated().any():
            whole, joined = _join(whole, table, key, connection)
            fewer = len(whole) - len(joined)
            account.notes.append(f"{fewer} {table} stand in several sources and were joined")
        for number, rows in whole.groupby("source_number"):
            told[int(str(number))][table] = rows.drop(columns="source_number").reset_index(
                drop=True
            )
        merged[table] = joined.drop(columns="source_number")
        if table in account.rows:
            account.rows[table] = len(joined)
    account.resources = len(merged["resources"]) if "resources" in merged else 0
    return merged, told


def _rescale(resources: pd.DataFrame, account: ImportAccount) -> pd.DataFrame:
    """Scale monthly cost over all bills of a provider together, where there are several."""
    if not {"effective_cost", "billed_cost", "cost_monthly"} <= set(resources.columns):
        return resources
    spans = {
        number: (part.charge_from, part.charge_to)
        for number, part in enumerate(account.sources or [])
        if part.charge_from and part.charge_to
    }
    billed = resources[resources["source_number"].isin(list(spans))]
    for provider, rows in billed.groupby("provider_id", dropna=False):
        numbers = sorted(set(rows["source_number"]))
        if len(numbers) < 2:
            continue
        days = _covered_days([spans[number] for number in numbers])
        cost = rows["effective_cost"].fillna(rows["billed_cost"])
        resources.loc[rows.index, "cost_monthly"] = (cost * DAYS_PER_MONTH / days).round(4)
        account.notes.append(
            f"monthly cost of {provider} is scaled over {days} days covered by {len(numbers)} bills"
        )
    return resources


def _covered_days(spans: list[tuple[date | None, date | None]]) -> int:
    covered: set[int] = set()
    for start, end in spans:
        if start and end:
            covered.update(range(start.toordinal(), end.toordinal()))
    return max(len(covered), 1)


def _join(
    whole: pd.DataFrame, table: str, key: str, connection: duckdb.DuckDBPyConnection
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows under the keys they are joined by, and the rows joined."""
    columns = [name for name in whole.columns if name not in (key, "source_number")]
    picks = [
        f"sum({name}) AS {name}"
        if name in _ADDED
        else f"min({name}) AS {name}"
        if name == "charge_from"
        else f"max({name}) AS {name}"
        if name == "charge_to"
        else f"arg_min({name}, source_number) AS {name}"
        for name in columns
    ]
    connection.register("joining", whole)
    if table == "resources" and "cost_currency" in columns:
        whole = connection.execute(
            f"SELECT * REPLACE (CASE WHEN cost_currency IS NOT NULL AND cost_currency <> "
            f"first_value(cost_currency IGNORE NULLS) OVER (PARTITION BY {key} ORDER BY "
            "source_number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) "
            f"THEN {key} || ' | ' || cost_currency ELSE {key} END AS {key}) FROM joining"
        ).df()
        connection.unregister("joining")
        connection.register("joining", whole)
    joined = connection.execute(
        f"SELECT {key}, {', '.join(picks)}, min(source_number) AS source_number "
        f"FROM joining GROUP BY {key} ORDER BY {key}"
    ).df()
    connection.unregister("joining")
    return whole, joined
