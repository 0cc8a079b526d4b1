"""Where workloads and data are today, and what a copy of the data costs elsewhere."""

import duckdb
import numpy as np
import pandas as pd

from freehold.costing.egress import egress_cost
from freehold.estate.sql import qualified
from freehold.planning.options import PlanOptions
from freehold.planning.places import Places
from freehold.planning.problem import Bools, Data, Floats


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


def data_sets(
    connection: duckdb.DuckDBPyConnection,
    estate: str,
    catalogue: str,
    *,
    workloads: pd.DataFrame,
    places: Places,
    options: PlanOptions,
) -> Data | None:
    """Return the data sets of the workloads' applications, None if they have none.

    A copy costs its storage (an assumption) and what flows to it each month where a flow is told;
    bringing it costs what leaves the place of today once. Where the data are today a copy is free
    if resources of the estate hold it there, which go on doing so.
    """
    rows: pd.DataFrame = connection.execute(
        f"""
        WITH flow AS (
          SELECT data_set_id, sum(CAST(gb_per_month AS DOUBLE)) AS gb FROM
            {qualified(estate, "flows")} WHERE data_set_id IS NOT NULL GROUP BY data_set_id)
        SELECT w.workload_id, d.data_set_id, coalesce(CAST(d.volume_gb AS DOUBLE), 0) AS volume,
          coalesce(f.gb, 0) AS gb
        FROM {qualified(estate, "workloads")} w
        JOIN {qualified(estate, "data_sets")} d ON d.application_id = w.application_id
        LEFT JOIN flow f USING (data_set_id) ORDER BY ALL
        """
    ).df()
    row_of = {str(name): row for row, name in enumerate(workloads["workload_id"])}
    rows = rows[rows["workload_id"].isin(row_of)].reset_index(drop=True)
    if rows.empty:
        return None
    names, number = np.unique(rows["data_set_id"].to_numpy(dtype=str), return_inverse=True)
    first = rows.drop_duplicates("data_set_id").set_index("data_set_id").loc[names].reset_index()
    readers = np.zeros((len(workloads), len(names)), dtype=np.bool_)
    readers[rows["workload_id"].map(row_of), number] = True
    here, held, source = _stored(connection, estate, names, places)
    each_month, once = _leaving(connection, catalogue, first, source, places)
    storage = first["volume"].to_numpy(dtype=np.float64) * options["storage_usd_per_gb_month"]
    monthly = np.where(here, 0.0, each_month) + storage[:, None]
    return Data(
        names=tuple(names.tolist()),
        readers=readers,
        usd_per_month=np.where(held, 0.0, monthly),
        fetch_usd=np.where(here, 0.0, once),
        here=here,
    )


def _stored(
    connection: duckdb.DuckDBPyConnection, estate: str, names: np.ndarray, places: Places
) -> tuple[Bools, Bools, pd.DataFrame]:
    """Return where each data set is stored and held by resources (D x P), and its first place."""
    stored: pd.DataFrame = connection.execute(
        f"""
        SELECT data_set_id, provider_id, region_id, country_iso2,
          bool_or(resource_id IS NOT NULL) AS held, min(placement_id) AS first
        FROM {qualified(estate, "placements")}
        WHERE role = 'storage' AND data_set_id IS NOT NULL AND provider_id IS NOT NULL
        GROUP BY ALL ORDER BY first
        """
    ).df()
    stored = stored[stored["data_set_id"].isin(names)]
    here, held = np.zeros((2, len(names), len(places.table)), dtype=np.bool_)
    provider = places.table["provider_id"].to_numpy(dtype=object)
    region = places.table["region_id"].fillna("").to_numpy(dtype=object)
    country = places.table["country_iso2"].fillna("").to_numpy(dtype=object)
    for row in stored.astype(object).where(stored.notna(), "").to_dict("records"):
        there = (provider == row["provider_id"]) & (region == row["region_id"])
        there &= (region != "") | (country == row["country_iso2"])
        name = int(np.searchsorted(names, row["data_set_id"]))
        here[name] |= there
        held[name] |= there & bool(row["held"])
    source = stored.drop_duplicates("data_set_id").set_index("data_set_id")
    return here, held, source.reindex(names)[["provider_id", "region_id", "country_iso2"]]


def _leaving(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    first: pd.DataFrame,
    source: pd.DataFrame,
    places: Places,
) -> tuple[Floats, Floats]:
    """Return what flows each month, and the whole once, cost on leaving for each place, D x P."""
    asked = first.join(source.reset_index(drop=True))
    priced = egress_cost(
        pd.concat(
            [
                asked.assign(to=to, gb_per_month=asked[column])
                for to in ("internet", "cross-region")
                for column in ("gb", "volume")
            ],
            ignore_index=True,
        ),
        connection,
        catalogue,
    )
    cost = pd.to_numeric(priced["egress_usd_per_month"], errors="coerce").fillna(0.0).to_numpy()
    away, moved, near, near_moved = cost.reshape(4, len(first))
    same = (
        places.table["provider_id"].to_numpy(dtype=object)[None, :]
        == source["provider_id"].to_numpy(dtype=object)[:, None]
    )
    return (
        np.where(same, near[:, None], away[:, None]),
        np.where(same, near_moved[:, None], moved[:, None]),
    )
