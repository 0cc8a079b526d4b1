"""Several sources of one import, or an import over what the estate already has, joined by key."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from freehold.importers.account import ImportAccount

DAYS_PER_MONTH = 30.4375
_KEYS = {"resources": "resource_id", "commitments": "commitment_id"}
_ADDED = ("billed_cost", "effective_cost", "cost_monthly")


def merge_sources(
    parts: list[dict[str, pd.DataFrame]],
    account: ImportAccount,
    connection: duckdb.DuckDBPyConnection,
) -> dict[str, pd.DataFrame]:
    """Join the frames of several sources; `account` learns what was joined.

    A resource that several sources name becomes one row: costs in one currency are added, costs in
    another currency keep a row of their own, any other column takes the first source that fills it.
    Monthly cost is scaled anew where bills of one provider cover more than one period.
    """
    if len(parts) == 1:
        return dict(parts[0])
    merged: dict[str, pd.DataFrame] = {}
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
        if key is not None and whole[key].duplicated().any():
            whole, joined = _join(whole, table, key, connection)
            account.notes.append(f"{joined} {table} stand in several sources and were joined")
        merged[table] = whole.drop(columns="source_number")
        if table in account.rows:
            account.rows[table] = len(whole)
    account.resources = len(merged["resources"]) if "resources" in merged else 0
    return merged


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
) -> tuple[pd.DataFrame, int]:
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
        keyed = (
            f"SELECT * REPLACE (CASE WHEN cost_currency IS NOT NULL AND cost_currency <> "
            f"first_value(cost_currency IGNORE NULLS) OVER (PARTITION BY {key} ORDER BY "
            "source_number ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) "
            f"THEN {key} || ' | ' || cost_currency ELSE {key} END AS {key}) FROM joining"
        )
    else:
        keyed = "SELECT * FROM joining"
    joined = connection.execute(
        f"SELECT {key}, {', '.join(picks)}, min(source_number) AS source_number "
        f"FROM ({keyed}) GROUP BY {key} ORDER BY {key}"
    ).df()
    connection.unregister("joining")
    return joined, int(len(whole) - len(joined))


def update(existing: pd.DataFrame, incoming: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return `existing` brought up to date with `incoming`: same key replaced, new key added.

    A column the new row leaves NULL keeps what the estate had, so that what a person entered
    survives importing the same export again.
    """
    if existing.empty:
        return incoming.reset_index(drop=True)
    old = existing.set_index(key)
    new = incoming.set_index(key)
    columns = [name for name in existing.columns if name != key]
    new = new.reindex(columns=columns)
    both = new.index.intersection(old.index)
    new = new.astype("object")
    old = old[columns].astype("object")
    filled = new.loc[both].where(new.loc[both].notna(), old.loc[both])
    new.loc[both] = filled
    kept = old.loc[~old.index.isin(new.index)]
    return pd.concat([kept, new]).reset_index()[list(existing.columns)]
