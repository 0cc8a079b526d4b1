-- What each provider in use is used for. Costs are sums of what is known.
WITH named AS (
  SELECT provider, critical, {critical_data} AS critical_data, TRUE AS placed FROM {v}.placements
  UNION ALL SELECT provider, critical, NULL, FALSE FROM {v}.services
  UNION ALL SELECT provider, critical, NULL, FALSE FROM {v}.contracts
  UNION ALL SELECT provider, critical, NULL, FALSE FROM {v}.workloads
),
others AS (
  SELECT provider FROM named
  UNION SELECT provider FROM {v}.keys
  UNION SELECT provider FROM {v}.people_access
  UNION SELECT provider FROM {v}.commitments
  UNION SELECT provider FROM {v}.subcontractors
  UNION SELECT provider_id FROM {e}.accelerator_pools
  UNION SELECT host_provider FROM {v}.resources
  UNION SELECT identity_provider FROM {v}.service_profiles
),
critical AS (
  SELECT provider, fh_any(critical) AS supports_critical FROM named GROUP BY provider
),
data AS (
  SELECT provider, fh_any(critical_data) AS has_critical_data FROM named WHERE placed
  GROUP BY provider
),
costs AS (
  SELECT provider, count(*) AS resource_count, sum(cost_usd) AS cost_usd FROM {v}.resources
  GROUP BY provider
),
seals AS (
  SELECT provider, max(required_seal) AS required_seal FROM (
    SELECT provider, required_seal FROM {v}.services
    UNION ALL SELECT provider, required_seal FROM {v}.placements
  ) GROUP BY provider
)
SELECT o.provider, c.supports_critical, d.has_critical_data,
  coalesce(r.resource_count, 0) AS resource_count, r.cost_usd, s.required_seal
FROM others o
LEFT JOIN critical c ON c.provider = o.provider
LEFT JOIN data d ON d.provider = o.provider
LEFT JOIN costs r ON r.provider = o.provider
LEFT JOIN seals s ON s.provider = o.provider
WHERE o.provider IS NOT NULL
