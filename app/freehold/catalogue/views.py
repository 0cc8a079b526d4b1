"""Derived views of the catalogue, as SQL over its tables; the data dictionary documents them."""

from collections.abc import Mapping

import duckdb

from freehold.catalogue.reading import quoted

_PRICED = """f.sku_id, f.accelerator_id, f.accelerator_kind, f.accelerator_vendor,
  f.accelerator_vendor_country, f.fab_country, f.accelerator_count, f.accelerator_memory_gb,
  f.vcpus, f.memory_gb, f.usd_per_hour, f.available, f.currency_note, f.source, f.verified,
  f.as_of"""

_OPEN = "('ga', 'access_restricted', 'unknown')"

# An ISO date that may be partial, read as the first day it allows.
_FIRST_DAY = "TRY_CAST({0} || substr('0000-01-01', length({0}) + 1) AS DATE)"

VIEWS: dict[str, tuple[tuple[str, ...], str]] = {
    "price_facts": (
        ("prices", "skus", "accelerators"),
        """
SELECT p.provider_id, p.region_id, p.instance_type, p.term, s.sku_id, s.accelerator_id,
  a.kind AS accelerator_kind, a.vendor AS accelerator_vendor,
  a.vendor_country AS accelerator_vendor_country, a.fab_country, s.accelerator_count,
  a.memory_gb AS accelerator_memory_gb, s.vcpus, s.memory_gb, p.usd_per_hour, p.available,
  p.currency_note, p.source, p.verified AND s.verified AS verified, p.as_of
FROM {prices} p
LEFT JOIN {skus} s USING (provider_id, instance_type)
LEFT JOIN {accelerators} a USING (accelerator_id)""",
    ),
    "offers": (
        ("price_facts", "regions"),
        f"""
SELECT f.provider_id, f.region_id, f.instance_type, f.term, f.region_id AS price_region_id,
  TRUE AS price_regional, r.country_iso2, r.verified AS country_verified,
  r.status AS region_status, {_PRICED}
FROM {{price_facts}} f LEFT JOIN {{regions}} r USING (provider_id, region_id)
WHERE f.region_id <> '*'
UNION ALL
SELECT f.provider_id, r.region_id, f.instance_type, f.term, f.region_id AS price_region_id,
  FALSE AS price_regional, r.country_iso2, r.verified AS country_verified,
  r.status AS region_status, {_PRICED}
FROM {{price_facts}} f
LEFT JOIN (SELECT * FROM {{regions}} WHERE status IN {_OPEN}) r USING (provider_id)
ANTI JOIN {{price_facts}} own ON own.provider_id = f.provider_id
  AND own.instance_type = f.instance_type AND own.term = f.term AND own.region_id = r.region_id
WHERE f.region_id = '*'""",
    ),
    "lead_time_facts": (
        ("lead_times", "accelerators"),
        """
SELECT l.record, l.accelerator_id, a.vendor AS accelerator_vendor,
  a.vendor_country AS accelerator_vendor_country, a.fab_country, l.provider_id,
  l.procurement_path, l.lead_time_min_days, l.lead_time_typical_days, l.lead_time_max_days,
  l.verified
FROM {lead_times} l LEFT JOIN {accelerators} a USING (accelerator_id)""",
    ),
    "token_price_facts": (
        ("token_prices", "token_price_models"),
        """
SELECT t.provider_id, t.model, m.model_id, m.developer, m.developer_country, m.open_weights,
  t.usd_per_m_input, t.usd_per_m_output, t.available, t.verified AS price_verified,
  m.verified AS model_verified
FROM {token_prices} t LEFT JOIN {token_price_models} m USING (provider_id, model)""",
    ),
    "provider_exposures": (
        ("providers", "extraterritorial_laws"),
        """
SELECT p.provider_id, p.law_id, p.exposure_basis, l.country_iso2 AS law_country_iso2,
  l.name AS law_name, l.valid_from, l.valid_to, l.in_force, p.verified AND l.verified AS verified
FROM (
  SELECT provider_id, exposure_basis, verified,
    unnest(string_split(extraterritorial_exposure, ';')) AS law_id
  FROM {providers} WHERE extraterritorial_exposure <> ''
) p LEFT JOIN {extraterritorial_laws} l USING (law_id)""",
    ),
    "residency_law_countries": (
        ("residency_laws", "country_sets"),
        f"""
SELECT coalesce(r.country_iso2, s.country_iso2) AS country_iso2, r.country_set, r.law,
  r.data_class, r.requirement, r.details, r.valid_from, r.valid_to,
  coalesce(r.valid_from, {_FIRST_DAY.format("r.as_of")}) AS known_from,
  r.in_force, r.source, r.verified, r.as_of
FROM {{residency_laws}} r
LEFT JOIN (SELECT code, country_iso2 FROM {{country_sets}} WHERE valid_to IS NULL) s
  ON s.code = r.country_set""",
    ),
    "region_energy": (
        ("regions", "grid"),
        """
WITH statements AS (SELECT * FROM {grid}),
own_carbon AS (
  SELECT * FROM statements WHERE region_id IS NOT NULL AND carbon_gco2e_kwh IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY provider_id, region_id ORDER BY verified DESC, as_of DESC, carbon_basis) = 1),
country_carbon AS (
  SELECT * FROM statements WHERE country_iso2 IS NOT NULL AND provider_id IS NULL
    AND subdivision IS NULL AND carbon_gco2e_kwh IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY country_iso2 ORDER BY verified DESC, as_of DESC, carbon_basis) = 1),
country_price AS (
  SELECT * FROM statements WHERE country_iso2 IS NOT NULL AND provider_id IS NULL
    AND subdivision IS NULL AND industrial_price_usd_kwh IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY country_iso2 ORDER BY verified DESC, as_of DESC, price_basis) = 1),
own_pue AS (
  SELECT * FROM statements WHERE region_id IS NOT NULL AND pue IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY provider_id, region_id ORDER BY verified DESC, as_of DESC, carbon_basis) = 1),
fleet_pue AS (
  SELECT * FROM statements WHERE region_id IS NULL AND provider_id IS NOT NULL AND pue IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY provider_id ORDER BY verified DESC, as_of DESC, subdivision) = 1)
SELECT r.provider_id, r.region_id, r.country_iso2,
  coalesce(oc.carbon_gco2e_kwh, cc.carbon_gco2e_kwh) AS carbon_gco2e_kwh,
  CASE WHEN oc.carbon_gco2e_kwh IS NOT NULL THEN 'region'
       WHEN cc.carbon_gco2e_kwh IS NOT NULL THEN 'country' END AS carbon_level,
  CASE WHEN oc.carbon_gco2e_kwh IS NOT NULL THEN oc.carbon_basis
       ELSE cc.carbon_basis END AS carbon_basis,
  CASE WHEN oc.carbon_gco2e_kwh IS NOT NULL THEN oc.verified
       ELSE cc.verified AND r.verified END AS carbon_verified,
  coalesce(op.pue, fp.pue) AS pue,
  CASE WHEN op.pue IS NOT NULL THEN 'region' WHEN fp.pue IS NOT NULL THEN 'fleet' END AS pue_level,
  CASE WHEN op.pue IS NOT NULL THEN op.verified ELSE fp.verified END AS pue_verified,
  cp.industrial_price_usd_kwh, cp.price_basis, cp.verified AND r.verified AS price_verified
FROM {regions} r
LEFT JOIN own_carbon oc ON oc.provider_id = r.provider_id AND oc.region_id = r.region_id
LEFT JOIN country_carbon cc ON cc.country_iso2 = r.country_iso2
LEFT JOIN own_pue op ON op.provider_id = r.provider_id AND op.region_id = r.region_id
LEFT JOIN fleet_pue fp ON fp.provider_id = r.provider_id
LEFT JOIN country_price cp ON cp.country_iso2 = r.country_iso2""",
    ),
}
"""Name of each view -> (tables and views it reads, SQL with their names in braces)."""

CHANGE_VIEWS = {
    "prices": "price_facts",
    "lead_times": "lead_time_facts",
    "token_prices": "token_price_facts",
}
"""The relation over which the `where` of a change to a table is written, if not the table."""


def change_view(table: str) -> str:
    """Return the relation whose columns a `where` on that catalogue table may use."""
    return CHANGE_VIEWS.get(table, table)


def create_views(
    connection: duckdb.DuckDBPyConnection,
    schema: str = "catalogue",
    *,
    base: str = "catalogue",
    own_tables: set[str] | None = None,
) -> list[str]:
    """Create the derived views in `schema`; return the names of those created.

    Tables in `own_tables` are read from `schema`, all others from `base`, so that a scenario
    that changes a few tables gets views over the mixture. A view whose tables are not loaded
    is left out.
    """
    own = own_tables if own_tables is not None else set()
    present = {
        (str(row[0]), str(row[1]))
        for row in connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_schema IN (?, ?)",
            [schema, base],
        ).fetchall()
    }
    made: dict[str, str] = {}
    for name, (needs, sql) in VIEWS.items():
        places = _places(needs, schema, base, own, made)
        if all(made.get(need) or (where, need) in present for need, where in places.items()):
            names = {need: f"{quoted(where)}.{quoted(need)}" for need, where in places.items()}
            connection.execute(
                f"CREATE OR REPLACE VIEW {quoted(schema)}.{quoted(name)} AS {sql.format(**names)}"
            )
            made[name] = schema
    return list(made)


def _places(
    needs: tuple[str, ...], schema: str, base: str, own: set[str], made: Mapping[str, str]
) -> dict[str, str]:
    return {need: made.get(need) or (schema if need in own else base) for need in needs}
