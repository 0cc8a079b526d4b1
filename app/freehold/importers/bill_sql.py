"""The set-based steps that turn the charges of any bill into resources, in the order they run."""

from freehold.importers.lookups import NORMAL

CHARGES_SQL = """
CREATE OR REPLACE TABLE charge_rows AS
WITH source AS (
    SELECT {picked}, {spoilt} AS spoilt
    FROM {relation}
), read AS (
    SELECT
        provider_text, host_text, region_text, name_text, arn_text,
        CASE WHEN NOT regexp_matches(zone_given, '^-?[0-9]*[.][0-9]+$') THEN zone_given END
            AS zone_text,
        zone_given IS NOT NULL AND zone_text IS NULL AS zone_is_number,
        account,
        -- Azure writes the same resource in upper and lower case.
        CASE WHEN given_id ILIKE '/subscriptions/%' THEN lower(given_id) ELSE given_id END
            AS given_id,
        resource_name, resource_type, service_name, service_key, service_group,
        instance_type, {accelerator_count} AS accelerator_count, tags_text,
        CASE WHEN regexp_matches(upper(currency_text), '^[A-Z]{{3}}$')
             THEN upper(currency_text) ELSE 'XXX' END AS currency,
        {billed} AS billed, {effective} AS effective, {cost} AS cost,
        cost_text IS NOT NULL AS cost_given, cost_text,
        {start} AS period_start, {end} AS period_end,
        spoilt, charge_type, {because} AS because, {unlike} AS unlike, {basis} AS basis,
        -- As one column: DuckDB reads with as many threads as have 4 MiB for each column.
        {{'commitment_id': commitment_id, 'commitment_name': commitment_name,
          'commitment_kind': commitment_kind, 'commitment_start': {commitment_start},
          'commitment_end': {commitment_end}, 'commitment_value': {commitment_value}}}
            AS commitment{kept}
    FROM source
)
SELECT * EXCLUDE (spoilt, charge_type, because, unlike, cost_text),
    CASE
        WHEN spoilt IS NOT NULL THEN {spoilt_reason}
        WHEN charge_type IS NULL THEN {no_type}
        WHEN because IS NULL THEN {odd_type}
        WHEN because <> '' THEN because
        WHEN unlike IS NOT NULL THEN unlike
        WHEN given_id IS NULL AND service_name IS NULL THEN {neither}
    END AS skip_reason,
    CASE WHEN spoilt IS NOT NULL THEN left(spoilt, 2000)
         WHEN because IS NULL
         THEN left(to_json({{{type_column}: charge_type, 'resource': given_id,
              'service': service_name, {cost_column}: cost_text}})::VARCHAR, 2000) END AS raw
FROM read;
DROP VIEW IF EXISTS charge;
CREATE VIEW charge AS
SELECT rowid + 1 AS record, * EXCLUDE (commitment), unnest(commitment) FROM charge_rows;
"""

GROUPS_SQL = """
CREATE OR REPLACE VIEW usage AS
SELECT c.* EXCLUDE (provider_text, host_text),
    p.provider_id, p.host_provider_id, p.region_id, p.found,
    CASE WHEN p.provider_id IS NULL THEN c.provider_text END AS provider_text,
    CASE WHEN p.host_provider_id IS NULL THEN c.host_text END AS host_text,
    CASE WHEN p.region_id IS NULL THEN p.unresolved_text END AS place_text,
    given_id IS NULL AS pseudo
FROM charge c JOIN placed p
    ON p.provider_text IS NOT DISTINCT FROM c.provider_text
    AND p.host_text IS NOT DISTINCT FROM c.host_text
    AND p.region_text IS NOT DISTINCT FROM c.region_text
    AND p.name_text IS NOT DISTINCT FROM c.name_text
    AND p.zone_text IS NOT DISTINCT FROM c.zone_text
    AND p.arn_text IS NOT DISTINCT FROM c.arn_text
WHERE c.skip_reason IS NULL;

CREATE OR REPLACE TABLE census AS
SELECT found, provider_id IS NULL AS no_provider, provider_text IS NULL AS no_provider_text,
    host_provider_id IS NULL AND host_text IS NOT NULL AS odd_host, pseudo,
    account IS NULL AS no_account, zone_is_number, service_key, service_group,
    period_start IS NULL AS no_start, period_end IS NULL AS no_end, count(*) AS records
FROM usage GROUP BY ALL;

CREATE OR REPLACE TABLE grouped AS
SELECT provider_id, provider_text, account, region_id, place_text, given_id, currency, pseudo,
    CASE WHEN pseudo THEN service_name END AS pseudo_service,
    min(record) AS first_record, count(*) AS records,
    sum(billed) AS billed, sum(effective) AS effective, sum(cost) AS cost,
    min(period_start) AS period_start, max(period_end) AS period_end,
    max(host_provider_id) AS host_provider_id, max(host_text) AS host_text,
    arg_max({'name': service_name, 'key': service_key, 'group': service_group},
            {'c': coalesce(cost, 0), 'r': -record}) AS service,
    arg_max(resource_name, record) AS resource_name,
    arg_max(resource_type, {'c': coalesce(cost, 0), 'r': -record}) AS resource_type,
    CASE WHEN count(DISTINCT zone_text) = 1 THEN max(zone_text) END AS zone,
    arg_max(instance_type, record) AS instance_type,
    max(accelerator_count) AS accelerator_count,
    arg_max(tags_text, record) AS tags_text
FROM usage
GROUP BY ALL;
"""

RESOURCES_SQL = """
ALTER TABLE grouped ADD COLUMN provenance_id VARCHAR;
UPDATE grouped SET provenance_id = {prefix} || first_record;

CREATE OR REPLACE TABLE labelled AS
WITH based AS (
    SELECT *,
        coalesce(given_id, 'no-resource-id:' || coalesce(provider_id, provider_text, 'unknown')
            || '/' || coalesce(account, '-') || '/' || pseudo_service
            || '/' || coalesce(region_id, place_text, 'no region')) AS base,
        TRY_CAST(TRY_CAST(tags_text AS JSON) AS MAP(VARCHAR, JSON)) AS tag_map
    FROM grouped
), first_try AS (
    SELECT *, CASE WHEN count(*) OVER (PARTITION BY base) = 1 THEN base
        ELSE base || ' | ' || coalesce(account, '-') || ' | '
             || coalesce(region_id, place_text, 'no region') END AS second
    FROM based
), second_try AS (
    SELECT *, CASE WHEN count(*) OVER (PARTITION BY second) = 1 THEN second
        ELSE second || ' | ' || coalesce(provider_id, provider_text, 'unknown')
             || ' | ' || currency END AS third
    FROM first_try
)
SELECT *, CASE WHEN count(*) OVER (PARTITION BY third) = 1 THEN third
    ELSE third || ' | record ' || first_record END AS resource_id
FROM second_try;

CREATE OR REPLACE TABLE resource AS
SELECT l.resource_id,
    CASE WHEN l.pseudo THEN l.pseudo_service || ' in '
            || coalesce(l.region_id, l.place_text, 'an unknown region') || ' (no resource id)'
         ELSE coalesce(l.resource_name, l.given_id) END AS name,
    l.provider_id, l.host_provider_id, l.account,
    l.service.name AS service_name,
    CASE WHEN s.accelerator_id IS NOT NULL OR l.accelerator_count > 0 THEN 'gpu'
         ELSE coalesce(k.service_category, g.service_category) END AS service_category,
    l.resource_type, l.region_id, l.zone, l.instance_type,
    s.accelerator_id, coalesce(s.accelerator_count, l.accelerator_count) AS accelerator_count,
    TRY_CAST(l.billed AS DECIMAL(18,4)) AS billed_cost,
    TRY_CAST(l.effective AS DECIMAL(18,4)) AS effective_cost,
    TRY_CAST(coalesce(l.effective, l.billed)::DOUBLE * 30.4375 / {days} AS DECIMAL(18,4))
        AS cost_monthly,
    nullif(l.currency, 'XXX') AS cost_currency,
    l.period_start::DATE AS charge_from,
    (l.period_end - INTERVAL 1 MICROSECOND)::DATE + 1 AS charge_to,
    nullif(to_json(map_from_entries(list_sort(map_entries(
        map_concat(coalesce(l.tag_map, MAP {{}}::MAP(VARCHAR, JSON)), extra))))
    )::VARCHAR, '{{}}') AS tags,
    'active' AS status, l.provenance_id
FROM (
    SELECT *, map_from_entries(list_filter([
        {{'k': 'freehold:host_text', 'v': to_json(host_text)}},
        {{'k': 'freehold:no_resource_id', 'v': to_json(CASE WHEN pseudo THEN true END)}},
        {{'k': 'freehold:provider_text', 'v': to_json(provider_text)}},
        {{'k': 'freehold:region_text', 'v': to_json(place_text)}},
        {{'k': 'freehold:tags_text', 'v': to_json(CASE WHEN tag_map IS NULL
            THEN tags_text END)}}
    ], lambda e: e.v IS NOT NULL AND e.v::VARCHAR <> 'null')) AS extra
    FROM labelled
) l
LEFT JOIN bill_services k ON k.service = lower(l.service.key)
LEFT JOIN bill_services g ON g.service = lower(l.service.group)
LEFT JOIN sku_lookup s ON s.provider_id = l.provider_id
    AND s.instance_type = lower(l.instance_type);
"""

COMMITMENTS_SQL = f"""
CREATE OR REPLACE TABLE commitment AS
SELECT commitment_id,
    max(p.provider_id) AS provider_id,
    max(commitment_kind) AS kind,
    max(commitment_name) AS description,
    max(commitment_start)::DATE AS start_date, max(commitment_end)::DATE AS end_date,
    TRY_CAST(arg_max(commitment_value, record) AS DECIMAL(18,4)) AS value,
    CASE WHEN count(DISTINCT currency) = 1 THEN nullif(max(currency), 'XXX') END AS currency,
    count(*) AS records
FROM charge c LEFT JOIN (
    SELECT DISTINCT n.provider_text AS provider_text, l.provider_id
    FROM charge n JOIN provider_lookup l
        ON l.key = {NORMAL.format("n.provider_text")}
    ) p ON p.provider_text = c.provider_text
WHERE commitment_id IS NOT NULL
GROUP BY 1
"""

UNKNOWN_SQL = """
SELECT 'region_id' AS field, found AS reason, sum(records) AS records
FROM census WHERE found <> 'id' GROUP BY ALL
UNION ALL SELECT 'provider_id', CASE WHEN no_provider_text THEN 'not in the source'
    ELSE 'provider named in the source is not in the catalogue; its text is in tags' END,
    sum(records)
FROM census WHERE no_provider GROUP BY ALL
UNION ALL SELECT 'host_provider_id',
    'host named in the source is not in the catalogue; its text is in tags',
    coalesce(sum(records), 0)
FROM census WHERE odd_host
UNION ALL SELECT 'resource_id', 'not in the source; counted per service and region',
    coalesce(sum(records), 0)
FROM census WHERE pseudo
UNION ALL SELECT 'account', 'not in the source', coalesce(sum(records), 0)
FROM census WHERE no_account
UNION ALL SELECT 'zone', 'the zone is a decimal number, which is no zone',
    coalesce(sum(records), 0)
FROM census WHERE zone_is_number
UNION ALL SELECT 'service_category', CASE WHEN c.service_key IS NULL AND c.service_group IS NULL
    THEN 'not in the source' ELSE {odd_service} END, sum(records)
FROM census c LEFT JOIN bill_services k ON k.service = lower(c.service_key)
LEFT JOIN bill_services g ON g.service = lower(c.service_group)
WHERE k.service IS NULL AND g.service IS NULL GROUP BY ALL
UNION ALL SELECT 'charge_from', 'no valid ' || {start_column}, coalesce(sum(records), 0)
FROM census WHERE no_start
UNION ALL SELECT 'charge_to', 'no valid ' || {end_column}, coalesce(sum(records), 0)
FROM census WHERE no_end
UNION ALL SELECT {cost_column}, CASE WHEN cost_given
    THEN 'not a number that fits an amount of money' ELSE 'not in the source' END, count(*)
FROM charge WHERE cost IS NULL GROUP BY ALL
UNION ALL SELECT 'cost_currency', 'no ISO 4217 code in the source; totals stand under XXX', count(*)
FROM charge WHERE currency = 'XXX'
UNION ALL SELECT 'tags', 'not a JSON object; the text is kept in tags', coalesce(sum(records), 0)
FROM labelled WHERE tag_map IS NULL AND tags_text IS NOT NULL
UNION ALL SELECT 'cost_monthly', CASE WHEN effective IS NULL AND billed IS NULL
    THEN 'no readable cost in the source' ELSE 'no valid charge period, or too large' END,
    coalesce(sum(records), 0)
FROM resource JOIN grouped USING (provenance_id) WHERE cost_monthly IS NULL GROUP BY 1, 2
UNION ALL SELECT 'commitments.value', 'the bill does not tell the sum committed to',
    coalesce(sum(records), 0)
FROM commitment WHERE value IS NULL
"""
