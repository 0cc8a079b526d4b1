-- What is shared out: weight per base and combination of members; `lacks` where a row has no base.
WITH hardware AS (
  SELECT r.provider, r.provider_group, r.country, r.parent_country,
    r.provider || '/' || r.region AS region, r.control_plane_country,
    r.accelerator IS NOT NULL AS has_chip, r.accelerator_vendor AS chip_vendor,
    a.fab_country AS chip_fab_country, count(*) AS resources, sum(r.cost_usd) AS cost,
    count(*) FILTER (r.cost_usd IS NULL) AS costless,
    sum(CAST(r.accelerator_count * coalesce(r.quantity, 1) AS DECIMAL(18, 4))) AS accelerators,
    count(*) FILTER (r.accelerator_count IS NULL) AS uncounted
  FROM {v}.resources r LEFT JOIN {c}.accelerators a ON a.accelerator_id = r.accelerator
  WHERE r.available AND (r.status IS NULL OR r.status = 'active') GROUP BY ALL
),
pools AS (
  SELECT p.provider, p.provider_group, p.country, v.parent_country,
    p.provider || '/' || p.region AS region, v.control_plane_country, p.vendor AS chip_vendor,
    p.fab_country AS chip_fab_country, sum(CAST(p.quantity AS DECIMAL(18, 4))) AS accelerators,
    count(*) FILTER (p.quantity IS NULL) AS uncounted
  FROM {v}.accelerator_pools p LEFT JOIN {v}._provider v ON v.provider = p.provider GROUP BY ALL
),
work AS (
  SELECT w.provider, w.provider_group, w.country, w.parent_country,
    w.provider || '/' || w.region AS region, v.control_plane_country,
    w.accelerator IS NOT NULL AS has_chip, w.accelerator_vendor AS chip_vendor,
    a.fab_country AS chip_fab_country, coalesce(w.ai_use, FALSE) AS is_ai, w.model_developer,
    w.model_developer_country, w.engine, count(*) AS workloads
  FROM {v}.workloads w LEFT JOIN {v}._provider v ON v.provider = w.provider
  LEFT JOIN {c}.accelerators a ON a.accelerator_id = w.accelerator GROUP BY ALL
),
-- Infrastructure and technology count as a provider's own unless the catalogue names another's.
bases AS (
  SELECT v.provider, CASE WHEN NOT v.many_hosts THEN coalesce(h.provider_group,
      v.host_provider, v.provider_group) END AS host_group,
    coalesce(t.provider_group, v.technology_provider, v.provider_group) AS technology_group
  FROM {v}._provider v
  LEFT JOIN {v}._provider h ON h.provider = v.host_provider
  LEFT JOIN {v}._provider t ON t.provider = v.technology_provider
),
reach AS (
  SELECT DISTINCT v.provider, CASE WHEN v.exposed THEN l.law_country WHEN v.exposed = FALSE
      THEN 'none' END AS law_country
  FROM {v}._provider v LEFT JOIN {v}._law l ON l.provider = v.provider AND l.in_force
),
used AS (
  SELECT f.function_id AS function, f.critical, p.provider, p.provider_group, p.country,
    p.parent_country, p.provider || '/' || p.region AS region, p.control_plane_country,
    b.host_group, b.technology_group, r.law_country, i.identity_provider_group,
    i.orchestration_tool
  FROM {e}.functions f
  LEFT JOIN {v}.placements p ON p.function = f.function_id AND p.available
  LEFT JOIN bases b ON b.provider = p.provider
  LEFT JOIN reach r ON r.provider = p.provider
  LEFT JOIN {v}.service_profiles i ON i.service = p.service
  WHERE f.critical IS DISTINCT FROM FALSE GROUP BY ALL
),
mixed AS (
  SELECT 'resources' AS base, provider, provider_group, country, parent_country, region,
    control_plane_country, has_chip, chip_vendor, chip_fab_country, FALSE AS is_ai,
    CAST(NULL AS VARCHAR) AS model_developer,
    CAST(NULL AS VARCHAR) AS model_developer_country, CAST(NULL AS VARCHAR) AS engine,
    CAST(resources AS DECIMAL(38, 12)) AS weight, FALSE AS lacks FROM hardware
  UNION ALL
  SELECT 'cost', provider, provider_group, country, parent_country, region, control_plane_country,
    has_chip, chip_vendor, chip_fab_country, FALSE, NULL, NULL, NULL, coalesce(cost, 0), costless > 0
  FROM hardware
  UNION ALL
  SELECT 'accelerators', provider, provider_group, country, parent_country, region,
    control_plane_country, TRUE, chip_vendor, chip_fab_country, FALSE, NULL, NULL, NULL,
    coalesce(accelerators, 0), uncounted > 0 FROM hardware WHERE has_chip
  UNION ALL
  SELECT 'accelerators', provider, provider_group, country, parent_country, region,
    control_plane_country, TRUE, chip_vendor, chip_fab_country, FALSE, NULL, NULL, NULL,
    coalesce(accelerators, 0), uncounted > 0 FROM pools
  UNION ALL
  SELECT 'workloads', provider, provider_group, country, parent_country, region,
    control_plane_country, has_chip, chip_vendor, chip_fab_country, is_ai, model_developer,
    model_developer_country, engine, workloads, FALSE FROM work
),
members AS (
  SELECT base, weight, lacks, unnest([
    {{'dimension': 'provider', 'member': provider, 'counts': TRUE}},
    {{'dimension': 'provider_group', 'member': provider_group, 'counts': TRUE}},
    {{'dimension': 'jurisdiction', 'member': country, 'counts': TRUE}},
    {{'dimension': 'parent_country', 'member': parent_country, 'counts': TRUE}},
    {{'dimension': 'region', 'member': region, 'counts': TRUE}},
    {{'dimension': 'control_plane_country', 'member': control_plane_country, 'counts': TRUE}},
    {{'dimension': 'chip_vendor', 'member': chip_vendor, 'counts': has_chip}},
    {{'dimension': 'chip_fab_country', 'member': chip_fab_country, 'counts': has_chip}},
    {{'dimension': 'model_developer', 'member': model_developer, 'counts': is_ai}},
    {{'dimension': 'model_developer_country', 'member': model_developer_country, 'counts': is_ai}},
    {{'dimension': 'orchestration_tool', 'member': engine, 'counts': is_ai}}
  ], recursive := TRUE) FROM mixed
),
-- DISTINCT beside a recursive unnest compares only the columns before it, so it stands outside.
function_rows AS (
  SELECT function, critical, unnest([
    {{'dimension': 'provider', 'member': provider}},
    {{'dimension': 'provider_group', 'member': provider_group}},
    {{'dimension': 'jurisdiction', 'member': country}},
    {{'dimension': 'parent_country', 'member': parent_country}},
    {{'dimension': 'region', 'member': region}},
    {{'dimension': 'control_plane_country', 'member': control_plane_country}},
    {{'dimension': 'host_group', 'member': host_group}},
    {{'dimension': 'technology_group', 'member': technology_group}},
    {{'dimension': 'law_country', 'member': law_country}},
    {{'dimension': 'identity_provider_group', 'member': identity_provider_group}},
    {{'dimension': 'orchestration_layer', 'member': orchestration_tool}}
  ], recursive := TRUE) FROM used
),
function_members AS (SELECT DISTINCT * FROM function_rows)
SELECT base, dimension, member, sum(weight) AS weight, bool_or(lacks) AS lacks
FROM members WHERE counts GROUP BY ALL
UNION ALL
-- A critical function counts once in each dimension, in equal parts for its members.
SELECT 'critical_functions', dimension, member, sum(part), bool_or(critical IS NULL) FROM (
  SELECT dimension, member, critical, CAST(CAST(1 AS DECIMAL(38, 12))
    / count(*) OVER (PARTITION BY function, dimension) AS DECIMAL(38, 12)) AS part
  FROM function_members
) GROUP BY ALL
