"""The set-based steps of the FOCUS importer, in the order they run."""

from freehold.importers.lookups import NORMAL

CHARGES_SQL = """
CREATE OR REPLACE TABLE charge_rows AS
WITH source AS (
    SELECT {picked}
    FROM {relation}
), read AS (
    SELECT
        coalesce(ServiceProviderName, ProviderName) AS provider_text,
        HostProviderName AS host_text,
        RegionId AS region_text, RegionName AS name_text,
        CASE WHEN NOT regexp_matches(AvailabilityZone, '^-?[0-9]*[.][0-9]+$')
             THEN AvailabilityZone END AS zone_text,
        AvailabilityZone IS NOT NULL AND zone_text IS NULL AS zone_is_number,
        coalesce(SubAccountId, BillingAccountId) AS account,
        ResourceId AS given_id, ResourceName AS resource_name, ResourceType AS resource_type,
        ServiceName AS service_name, ServiceCategory AS focus_category,
        SkuPriceDetails AS sku_details, Tags AS tags_text,
        CASE WHEN regexp_matches(upper(BillingCurrency), '^[A-Z]{{3}}$')
             THEN upper(BillingCurrency) ELSE 'XXX' END AS currency,
        TRY_CAST(TRY_CAST(BilledCost AS DECIMAL(27,12)) AS DECIMAL(38,12)) AS billed,
        TRY_CAST(TRY_CAST(EffectiveCost AS DECIMAL(27,12)) AS DECIMAL(38,12)) AS effective,
        TRY_CAST(TRY_CAST({cost} AS DECIMAL(27,12)) AS DECIMAL(38,12)) AS cost, {cost} AS cost_text,
        CASE WHEN isfinite(TRY_CAST(ChargePeriodStart AS TIMESTAMP))
          THEN TRY_CAST(ChargePeriodStart AS TIMESTAMP) END AS period_start,
        CASE WHEN isfinite(TRY_CAST(ChargePeriodEnd AS TIMESTAMP))
          THEN TRY_CAST(ChargePeriodEnd AS TIMESTAMP) END AS period_end,
        ChargeCategory AS category, {because} AS because,
        CommitmentDiscountId, CommitmentDiscountName, CommitmentDiscountCategory,
        CommitmentDiscountType, CommitmentDiscountStatus
    FROM source
)
SELECT * EXCLUDE (category, because),
    CASE
        WHEN category IS NULL THEN 'not understood: no ChargeCategory'
        WHEN because IS NULL
            THEN 'not understood: ChargeCategory is not one that FOCUS defines'
        WHEN because <> '' THEN because
        WHEN lower(CommitmentDiscountStatus) = 'unused'
            THEN 'unused part of a commitment, not a resource'
        WHEN given_id IS NULL AND service_name IS NULL
            THEN 'usage with neither ResourceId nor ServiceName'
    END AS skip_reason,
    CASE WHEN because IS NULL
         THEN left(to_json({{'ChargeCategory': category, 'ResourceId': given_id,
              'ServiceName': service_name, '{cost}': cost_text}})::VARCHAR, 2000) END AS raw
FROM read;
DROP VIEW IF EXISTS charge;
CREATE VIEW charge AS SELECT rowid + 1 AS record, * FROM charge_rows;
"""

GROUPS_SQL = """
CREATE OR REPLACE VIEW usage AS
SELECT c.* EXCLUDE (provider_text, host_text),
    p.provider_id, p.host_provider_id, p.region_id, p.found,
    CASE WHEN p.provider_id IS NULL THEN c.provider_text END AS provider_text,
    CASE WHEN p.host_provider_id IS NULL THEN c.host_text END AS host_text,
    CASE WHEN p.found IN ('unresolved', 'no_provider') THEN p.unresolved_text END AS place_text,
    given_id IS NULL AS pseudo
FROM charge c JOIN placed p
    ON p.provider_text IS NOT DISTINCT FROM c.provider_text
    AND p.host_text IS NOT DISTINCT FROM c.host_text
    AND p.region_text IS NOT DISTINCT FROM c.region_text
    AND p.name_text IS NOT DISTINCT FROM c.name_text
    AND p.zone_text IS NOT DISTINCT FROM c.zone_text
WHERE c.skip_reason IS NULL;

CREATE OR REPLACE TABLE census AS
SELECT found, provider_id IS NULL AS no_provider, provider_text IS NULL AS no_provider_text,
    host_provider_id IS NULL AND host_text IS NOT NULL AS odd_host, pseudo,
    account IS NULL AS no_account, zone_is_number, focus_category,
    period_start IS NULL AS no_start, period_end IS NULL AS no_end, count(*) AS records
FROM usage GROUP BY ALL;

CREATE OR REPLACE TABLE grouped AS
SELECT provider_id, provider_text, account, region_id, place_text, given_id, currency, pseudo,
    CASE WHEN pseudo THEN service_name END AS pseudo_service,
    min(record) AS first_record, count(*) AS records,
    sum(billed) AS billed, sum(effective) AS effective, sum(cost) AS cost,
    min(period_start) AS period_start, max(period_end) AS period_end,
    max(host_provider_id) AS host_provider_id, max(host_text) AS host_text,
    arg_max({'name': service_name, 'category': focus_category},
            {'c': coalesce(cost, 0), 'r': -record}) AS service,
    arg_max(resource_name, record) AS resource_name,
    arg_max(resource_type, {'c': coalesce(cost, 0), 'r': -record}) AS resource_type,
    CASE WHEN count(DISTINCT zone_text) = 1 THEN max(zone_text) END AS zone,
    arg_max(json_extract_string(TRY_CAST(sku_details AS JSON), '$.InstanceType'), record)
        AS instance_type,
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
    CASE WHEN s.accelerator_id IS NOT NULL THEN 'gpu' ELSE k.service_category END
        AS service_category,
    l.resource_type, l.region_id, l.zone, l.instance_type,
    s.accelerator_id, s.accelerator_count,
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
LEFT JOIN focus_categories k ON lower(k.focus_category) = lower(l.service.category)
LEFT JOIN sku_lookup s ON s.provider_id = l.provider_id
    AND s.instance_type = lower(l.instance_type);
"""

COMMITMENTS_SQL = f"""
CREATE OR REPLACE TABLE commitment AS
SELECT CommitmentDiscountId AS commitment_id,
    max(p.provider_id) AS provider_id,
    CASE lower(max(CommitmentDiscountCategory)) WHEN 'spend' THEN 'spend'
        WHEN 'usage' THEN 'usage' END AS kind,
    coalesce(max(CommitmentDiscountName), max(CommitmentDiscountType)) AS description,
    NULL::DATE AS start_date, NULL::DATE AS end_date,
    NULL::DECIMAL(18,4) AS value,
    CASE WHEN count(DISTINCT currency) = 1 THEN nullif(max(currency), 'XXX') END AS currency,
    count(*) AS records
FROM charge c LEFT JOIN (
    SELECT DISTINCT n.provider_text AS provider_text, l.provider_id
    FROM charge n JOIN provider_lookup l
        ON l.key = {NORMAL.format("n.provider_text")}
    ) p ON p.provider_text = c.provider_text
WHERE CommitmentDiscountId IS NOT NULL
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
UNION ALL SELECT 'zone', 'AvailabilityZone holds a decimal number, which is no zone',
    coalesce(sum(records), 0)
FROM census WHERE zone_is_number
UNION ALL SELECT 'service_category', CASE WHEN c.focus_category IS NULL THEN 'not in the source'
    ELSE 'category in the source is not one that FOCUS defines' END, sum(records)
FROM census c LEFT JOIN focus_categories k ON lower(k.focus_category) = lower(c.focus_category)
WHERE k.focus_category IS NULL GROUP BY ALL
UNION ALL SELECT 'charge_from', 'no valid ChargePeriodStart', coalesce(sum(records), 0)
FROM census WHERE no_start
UNION ALL SELECT 'charge_to', 'no valid ChargePeriodEnd', coalesce(sum(records), 0)
FROM census WHERE no_end
UNION ALL SELECT '{cost}', CASE WHEN cost_text IS NULL THEN 'not in the source'
    ELSE 'not a number that fits an amount of money' END, count(*)
FROM charge WHERE cost IS NULL GROUP BY ALL
UNION ALL SELECT 'cost_currency', 'no ISO 4217 code in the source; totals stand under XXX', count(*)
FROM charge WHERE currency = 'XXX'
UNION ALL SELECT 'tags', 'not a JSON object; the text is kept in tags', coalesce(sum(records), 0)
FROM labelled WHERE tag_map IS NULL AND tags_text IS NOT NULL
UNION ALL SELECT 'cost_monthly', CASE WHEN effective IS NULL AND billed IS NULL
    THEN 'no readable cost in the source' ELSE 'no valid charge period, or too large' END,
    coalesce(sum(records), 0)
FROM resource JOIN grouped USING (provenance_id) WHERE cost_monthly IS NULL GROUP BY 1, 2
UNION ALL SELECT 'commitments.value', 'a cost file does not tell the sum committed to',
    coalesce(sum(records), 0)
FROM commitment
"""
