"""Energy and carbon of running devices, with where each factor comes from."""

import duckdb
import pandas as pd

from freehold.costing.facts import (
    HouseDefaults,
    fetched,
    house_defaults,
    registered,
    relation,
    with_columns,
)

_RUNNING = {
    "accelerator_id": "text",
    "provider_id": "text",
    "region_id": "text",
    "country_iso2": "text",
    "device_hours_per_month": "num",
    "utilisation": "num",
}


def energy(
    running: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str = "catalogue",
    defaults: HouseDefaults | None = None,
) -> pd.DataFrame:
    """Return kWh and kg CO2e per month of each row.

    kWh = device hours x TDP x draw share x utilisation x (1 + host share) x PUE; carbon = kWh x
    grid intensity (GHG Protocol Scope 2 Guidance, 2015, location-based method: chapter 6).
    PUE: the region's, the provider's fleet, else the house default; carbon: the region's, else
    the country's. `device_hours_per_month` are hours for which devices are held. Columns
    `kwh_per_month`, `kg_co2e_per_month`, `pue`, `carbon_gco2e_kwh`, `industrial_price_usd_kwh`,
    `energy_basis`, `carbon_basis`, `energy_reason`, `carbon_reason`.
    """
    values = defaults or house_defaults(connection, catalogue)
    rows = with_columns(running, _RUNNING)
    rows.insert(0, "row_number", range(len(rows)))
    draw, host, fallback = (
        values["power_draw_share"],
        values["host_power_share"],
        values["pue"],
    )
    with registered(connection, rows) as name:
        chips = relation(connection, "accelerators", catalogue)
        regions = relation(connection, "region_energy", catalogue)
        grid = relation(connection, "grid", catalogue)
        return fetched(
            connection,
            f"""
            WITH national AS (
              SELECT country_iso2, arg_max(carbon_gco2e_kwh, as_of) AS carbon,
                arg_max(carbon_basis, as_of) AS basis
              FROM {grid} WHERE provider_id IS NULL AND subdivision IS NULL
                AND country_iso2 IS NOT NULL AND carbon_gco2e_kwh IS NOT NULL
              GROUP BY country_iso2),
            tariff AS (
              SELECT country_iso2, arg_max(industrial_price_usd_kwh, as_of) AS price
              FROM {grid} WHERE provider_id IS NULL AND subdivision IS NULL
                AND country_iso2 IS NOT NULL AND industrial_price_usd_kwh IS NOT NULL
              GROUP BY country_iso2),
            found AS (
              SELECT r.row_number, r.device_hours_per_month, r.utilisation, a.tdp_w,
                r.accelerator_id, coalesce(e.pue, {fallback!r}) AS pue,
                CASE e.pue_level WHEN 'region' THEN 'region' WHEN 'fleet' THEN 'fleet'
                  ELSE 'house default' END AS pue_level,
                coalesce(e.carbon_gco2e_kwh, n.carbon) AS carbon,
                CASE WHEN e.carbon_gco2e_kwh IS NOT NULL
                  THEN e.carbon_level || ': ' || e.carbon_basis
                  WHEN n.carbon IS NOT NULL THEN 'country: ' || n.basis END AS carbon_basis,
                coalesce(e.industrial_price_usd_kwh, t.price) AS price
              FROM {name} r
              LEFT JOIN {chips} a USING (accelerator_id)
              LEFT JOIN {regions} e
                ON e.provider_id = r.provider_id AND e.region_id = r.region_id
              LEFT JOIN national n ON n.country_iso2 = coalesce(e.country_iso2, r.country_iso2)
              LEFT JOIN tariff t ON t.country_iso2 = coalesce(e.country_iso2, r.country_iso2)),
            used AS (
              SELECT *, device_hours_per_month * tdp_w / 1000 * {draw!r}
                * coalesce(utilisation, 1) * (1 + {host!r}) * pue AS kwh FROM found)
            SELECT kwh AS kwh_per_month, kwh * carbon / 1000 AS kg_co2e_per_month, pue,
              carbon AS carbon_gco2e_kwh,
              CAST(price AS DECIMAL(18, 8)) AS industrial_price_usd_kwh,
              CASE WHEN kwh IS NOT NULL THEN 'TDP ' || CAST(tdp_w AS INTEGER) || ' W x draw '
                || {draw!r} || CASE WHEN utilisation IS NULL
                  THEN ' x fully busy (utilisation not stated)'
                  ELSE ' x utilisation ' || round(utilisation, 4) END
                || ' x host ' || (1 + {host!r}) || ' x PUE ' || pue || ' (' || pue_level || ')'
              END AS energy_basis,
              carbon_basis,
              CASE WHEN kwh IS NOT NULL THEN NULL
                WHEN accelerator_id IS NULL THEN 'no accelerator stated'
                WHEN tdp_w IS NULL THEN 'no power figure for ' || accelerator_id
                ELSE 'device hours not known' END AS energy_reason,
              CASE WHEN kwh * carbon IS NOT NULL THEN NULL
                WHEN carbon IS NULL THEN 'no grid figure for the place'
                ELSE 'energy not known' END AS carbon_reason
            FROM used ORDER BY row_number
            """,
        ).set_index(running.index)
