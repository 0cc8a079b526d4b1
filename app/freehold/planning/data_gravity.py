"""Where data are today, and what it costs to run away from them or to move them."""

import duckdb
import numpy as np
import pandas as pd

from freehold.costing.egress import egress_cost
from freehold.estate.sql import qualified
from freehold.planning.options import shipped
from freehold.planning.places import Places
from freehold.planning.problem import Floats


def today_of(workloads: pd.DataFrame, places: Places) -> np.ndarray:
    """Return the place of each workload now; a number beyond all where it is not a candidate."""
    keys = places.table[["provider_id", "region_id", "country_iso2"]].fillna("")
    known = {tuple(row): number for number, row in enumerate(keys.itertuples(index=False))}
    found = []
    for row in workloads.itertuples():
        if not isinstance(row.provider_id, str):
            found.append(-1)
            continue
        region = row.region_id if isinstance(row.region_id, str) else ""
        own = row.country_iso2 if isinstance(row.country_iso2, str) else ""
        place = None
        for (provider, there, country), number in known.items():
            if provider == row.provider_id and there == region and (region or country == own):
                place = number
        found.append(len(known) if place is None else place)
    return np.array(found, dtype=np.int64)


def data_costs(
    connection: duckdb.DuckDBPyConnection,
    estate: str,
    catalogue: str,
    workloads: pd.DataFrame,
    places: Places,
) -> dict[str, Floats]:
    """Return what data cost: per month where a workload runs away from its data (W x P), to move.

    Away from its data a workload pays for what flows to it each month out of the data's place
    (a flow if told; for training the data set once per run) and for a copy beside it.
    """
    rows: pd.DataFrame = connection.execute(
        f"""
        WITH stored AS (
          SELECT data_set_id, provider_id, region_id, country_iso2 FROM
            {qualified(estate, "placements")}
          WHERE role = 'storage' AND data_set_id IS NOT NULL AND provider_id IS NOT NULL
          QUALIFY row_number() OVER (PARTITION BY data_set_id ORDER BY placement_id) = 1),
        flow AS (
          SELECT data_set_id, sum(CAST(gb_per_month AS DOUBLE)) AS gb FROM
            {qualified(estate, "flows")} WHERE data_set_id IS NOT NULL GROUP BY data_set_id)
        SELECT w.workload_id, d.data_set_id, s.provider_id, s.region_id, s.country_iso2,
          coalesce(CAST(d.volume_gb AS DOUBLE), 0) AS volume,
          coalesce(f.gb, CASE WHEN w.kind = 'training' THEN coalesce(CAST(d.volume_gb AS DOUBLE), 0)
            * coalesce(CAST(w.runs_per_month AS DOUBLE), 1) ELSE 0 END) AS gb
        FROM {qualified(estate, "workloads")} w
        JOIN {qualified(estate, "data_sets")} d ON d.application_id = w.application_id
        JOIN stored s USING (data_set_id) LEFT JOIN flow f USING (data_set_id)
        ORDER BY ALL
        """
    ).df()
    row_of = {str(name): row for row, name in enumerate(workloads["workload_id"])}
    rows = rows[rows["workload_id"].isin(row_of)].reset_index(drop=True)
    usd = np.zeros((len(workloads), len(places.table)))
    move = np.zeros(len(workloads))
    if rows.empty:
        return {"usd": usd, "move": move}
    asked = [
        rows.assign(to=to, gb_per_month=rows[column])
        for to in ("internet", "cross-region")
        for column in ("gb", "volume")
    ]
    priced = egress_cost(pd.concat(asked, ignore_index=True), connection, catalogue)
    cost = pd.to_numeric(priced["egress_usd_per_month"], errors="coerce").fillna(0.0).to_numpy()
    away, moved, near, _ = (part for part in cost.reshape(4, len(rows)))
    copy = rows["volume"].to_numpy(dtype=np.float64) * shipped()["storage_usd_per_gb_month"].value
    provider = places.table["provider_id"].to_numpy(dtype=object)
    region = places.table["region_id"].fillna("").to_numpy(dtype=object)
    stored = rows[["workload_id", "provider_id", "region_id"]].astype(object).to_dict("records")
    for line, row in enumerate(stored):
        same = provider == row["provider_id"]
        there = same & (region == (row["region_id"] if isinstance(row["region_id"], str) else ""))
        paid = np.where(there, 0.0, np.where(same, near[line], away[line]) + copy[line])
        workload = row_of[str(row["workload_id"])]
        usd[workload] += paid
        move[workload] += moved[line]
    return {"usd": usd, "move": move}
