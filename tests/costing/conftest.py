"""The shipped catalogue, opened once, and a small one with figures easy to work out by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from freehold.catalogue import create_views, open_catalogue

_SMALL = """
CREATE SCHEMA catalogue;
CREATE TABLE catalogue.accelerators AS SELECT * FROM (VALUES
  ('chip-a', 'gpu', 'V', 'US', 'TW', 80.0, 700.0, CAST(30000 AS DECIMAL(18, 4))),
  ('chip-b', 'gpu', 'V', 'US', 'TW', 40.0, NULL, NULL),
  ('nvidia-h100-sxm', 'gpu', 'V', 'US', 'TW', 80.0, 700.0, CAST(30000 AS DECIMAL(18, 4))))
  t(accelerator_id, kind, vendor, vendor_country, fab_country, memory_gb, tdp_w, capex_usd);
CREATE TABLE catalogue.skus AS SELECT *, TRUE AS verified FROM (VALUES
  ('p:big', 'p', 'big', 'chip-a', 8.0, 96, 1000.0),
  ('p:small', 'p', 'small', 'chip-a', 1.0, 12, 100.0),
  ('p:cpu', 'p', 'cpu', 'cpu', 0.0, 16, 64.0))
  t(sku_id, provider_id, instance_type, accelerator_id, accelerator_count, vcpus, memory_gb);
CREATE TABLE catalogue.prices AS SELECT *, NULL::BOOLEAN AS available FROM (VALUES
  ('p', 'north', 'big', 'on_demand', 20.0::DECIMAL(18, 8), 'n', 's', TRUE, '2026-01'),
  ('p', '*', 'big', 'on_demand', 24.0, 'n', 's', TRUE, '2026-01'),
  ('p', '*', 'small', 'on_demand', 4.0, 'n', 's', FALSE, '2026-01'),
  ('p', 'north', 'small', 'spot', 1.0, 'n', 's', TRUE, '2026-01'),
  ('p', 'north', 'cpu', 'on_demand', 0.5, 'n', 's', TRUE, '2026-01'))
  t(provider_id, region_id, instance_type, term, usd_per_hour, currency_note, source, verified,
    as_of);
CREATE TABLE catalogue.regions AS SELECT * FROM (VALUES
  ('p', 'north', 'SE', 'ga', TRUE), ('p', 'south', 'IT', 'ga', TRUE))
  t(provider_id, region_id, country_iso2, status, verified);
CREATE TABLE catalogue.countries AS SELECT * FROM (VALUES
  ('SE', TRUE, TRUE), ('IT', TRUE, TRUE), ('CH', FALSE, FALSE))
  t(country_iso2, eu_member, eea_member);
CREATE TABLE catalogue.grid AS SELECT *, NULL::VARCHAR AS country_set FROM (VALUES
  ('SE', NULL, NULL, NULL, 40.0, 'national mean', 0.10::DECIMAL(18, 8), 'p', NULL, TRUE, '2024'),
  ('IT', NULL, NULL, NULL, 300.0, 'national mean', NULL, NULL, NULL, TRUE, '2024'),
  ('SE', 'p', 'north', NULL, 20.0, 'own statement', NULL, NULL, 1.1, TRUE, '2024'))
  t(country_iso2, provider_id, region_id, subdivision, carbon_gco2e_kwh, carbon_basis,
    industrial_price_usd_kwh, price_basis, pue, verified, as_of);
CREATE TABLE catalogue.egress AS SELECT * FROM (VALUES
  ('p', 'eu', 'internet', 0.0::DECIMAL(18, 8), 0, 100, TRUE),
  ('p', 'eu', 'internet', 0.1, 100, 1000, TRUE),
  ('p', 'eu', 'internet', 0.05, 1000, NULL, TRUE),
  ('p', 'south (Milan)', 'internet', 0.2, 100, NULL, FALSE),
  ('q', 'all', 'internet', NULL, 0, NULL, TRUE))
  t(provider_id, from_region_group, "to", usd_per_gb, from_gb, to_gb, verified);
CREATE TABLE catalogue.fx_rates AS SELECT * FROM (VALUES
  (DATE '2026-01-31', 'EUR', 'USD', 1.25::DECIMAL(18, 8)),
  (DATE '2026-02-28', 'EUR', 'USD', 1.20), (DATE '2026-02-28', 'GBP', 'USD', 1.50))
  t(date, base, quote, rate);
CREATE TABLE catalogue.token_prices AS SELECT *, NULL::BOOLEAN AS available FROM (VALUES
  ('p', 'm', 1.0::DECIMAL(18, 8), 2.0::DECIMAL(18, 8), TRUE))
  t(provider_id, model, usd_per_m_input, usd_per_m_output, verified);
CREATE TABLE catalogue.token_price_models AS SELECT * FROM (VALUES
  ('p', 'm', 'model-m', 'D', 'FR', TRUE, TRUE))
  t(provider_id, model, model_id, developer, developer_country, open_weights, verified);
CREATE TABLE catalogue.house_defaults AS SELECT * FROM (VALUES
  ('pue', 1.5), ('power_draw_share', 0.8), ('host_power_share', 0.25), ('hours_per_month', 730.0),
  ('node_8xh100_capex_usd', 350000.0), ('node_8xh100_power_kw', 10.2),
  ('colocation_usd_per_kw_month', 200.0), ('electricity_usd_kwh', 0.08),
  ('network_adder_share', 0.1), ('residual_value_share', 0.3), ('depreciation_months', 36.0),
  ('support_share_per_year', 0.04), ('cost_of_capital_per_year', 0.08),
  ('staff_nodes_per_fte', 16.0), ('staff_usd_per_fte_year', 120000.0),
  ('own_hardware_utilisation', 0.7)) t(name, value);
"""


@pytest.fixture(scope="session")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect()
    open_catalogue(opened)
    yield opened
    opened.close()


@pytest.fixture
def small() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect()
    opened.execute(_SMALL)
    create_views(opened)
    yield opened
    opened.close()
