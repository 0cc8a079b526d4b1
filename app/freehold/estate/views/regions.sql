WITH used AS (
  SELECT provider, region, required_seal, 0 AS resources FROM {v}.placements
  UNION ALL SELECT provider, region, required_seal, 0 FROM {v}.workloads
  UNION ALL SELECT provider_id, region_id, NULL, 0 FROM {e}.accelerator_pools
  UNION ALL SELECT provider, region, NULL, 1 FROM {v}.resources
),
pairs AS (
  SELECT provider, region, max(required_seal) AS required_seal, sum(resources) AS resource_count
  FROM used WHERE provider IS NOT NULL AND region IS NOT NULL GROUP BY provider, region
)
SELECT u.provider || '/' || u.region AS region_key, u.provider, u.region, g.name, g.city,
  g.country_iso2 AS country, g.verified AS country__verified, k.is_eea,
  g.verified AND k.verified AS is_eea__verified, g.lat, g.lon, g.partition, g.availability_zones,
  g.verified AS availability_zones__verified, g.status, g.verified AS status__verified, n.pue,
  n.pue_verified AS pue__verified, n.carbon_gco2e_kwh,
  n.carbon_verified AS carbon_gco2e_kwh__verified, u.required_seal, u.resource_count
FROM pairs u
LEFT JOIN {c}.regions g ON g.provider_id = u.provider AND g.region_id = u.region
LEFT JOIN {v}._energy n ON n.provider = u.provider AND n.region = u.region
LEFT JOIN {v}._country k ON k.country = g.country_iso2
