"""Which places are too far from the users of a workload."""

import duckdb
import numpy as np
import pandas as pd

from freehold.estate.sql import quoted
from freehold.planning.candidates import Candidates
from freehold.planning.offers import OWN
from freehold.planning.options import PlanOptions
from freehold.planning.places import Places
from freehold.planning.problem import Bools, Floats

_KM_PER_DEGREE = 111.2


def too_far(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    *,
    workloads: pd.DataFrame,
    places: Places,
    found: Candidates,
    options: PlanOptions,
) -> Bools:
    """Return the pairs whose round trip to the workload's users is too long, or not known.

    Round trip = a + b x great-circle distance, least squares over latency_model.csv, plus the
    last mile; users are taken to be in the largest city of each of their countries. Own hardware in
    the country in which a workload runs on own hardware today is beside its users there: no trip.
    """
    none = np.zeros(len(found.work), dtype=np.bool_)
    if "latency_slo_ms" not in workloads or not workloads["latency_slo_ms"].notna().any():
        return none
    intercept, slope = connection.execute(
        "SELECT regr_intercept(rtt_ms, distance_km), regr_slope(rtt_ms, distance_km)"
        f" FROM {quoted(catalogue)}.latency_model WHERE distance_km IS NOT NULL"
    ).fetchall()[0]
    where = {
        (str(p), str(r)): (float(lat), float(lon))
        for p, r, lat, lon in connection.execute(
            f"SELECT provider_id, region_id, lat, lon FROM {quoted(catalogue)}.regions"
            " WHERE lat IS NOT NULL"
        ).fetchall()
    }
    city = {
        str(country): (float(lat), float(lon))
        for country, lat, lon in connection.execute(
            f"SELECT country_iso2, arg_max(lat, population_millions),"
            f" arg_max(lon, population_millions) FROM {quoted(catalogue)}.cities GROUP BY 1"
        ).fetchall()
    }
    spots = np.array(
        [
            where.get((str(row.provider_id), str(row.region_id)))
            or city.get(str(row.country_iso2), (np.nan, np.nan))
            for row in places.table.itertuples()
        ]
    )
    barred = np.zeros((len(workloads), len(spots)), dtype=np.bool_)
    limits = pd.to_numeric(workloads["latency_slo_ms"], errors="coerce").to_numpy(dtype=np.float64)
    own = (places.table["provider_id"] == OWN).to_numpy(dtype=np.bool_)
    runs_in = workloads["country_iso2"].where(workloads["provider_id"] == OWN)
    for number, users_in in enumerate(workloads["users_in"].astype(object)):
        if not np.isfinite(limits[number]) or not isinstance(users_in, str):
            continue
        users = [c.strip() for c in users_in.split(";") if c.strip() in city]
        on_site = own & (places.table["country_iso2"] == runs_in.iloc[number]).to_numpy()
        trips = [
            np.where(
                on_site & (runs_in.iloc[number] == country),
                0.0,
                intercept + slope * _km(spots, city[country]) + options["last_mile_ms"],
            )
            for country in users
        ]
        if trips:
            barred[number] = ~(np.max(trips, axis=0) <= limits[number])
    return barred[found.work, places.of_pair]


def _km(spots: Floats, to: tuple[float, float]) -> Floats:
    """Return great-circle distances in km (haversine)."""
    lat, lon = np.radians(spots[:, 0]), np.radians(spots[:, 1])
    at = np.radians(np.array(to))
    half = (
        np.sin((lat - at[0]) / 2) ** 2
        + np.cos(lat) * np.cos(at[0]) * np.sin((lon - at[1]) / 2) ** 2
    )
    found: Floats = 2 * np.degrees(np.arcsin(np.sqrt(half))) * _KM_PER_DEGREE
    return found
