WITH used AS (
  SELECT key, count(*) AS times FROM (
    SELECT key_id AS key FROM {e}.resources UNION ALL SELECT key_id FROM {e}.placements
  ) WHERE key IS NOT NULL GROUP BY key
)
SELECT y.key_id AS key, y.name, y.custody, y.provider_id AS provider, v.provider_group,
  v.ok AS provider_group__verified, v.parent_country, v.ok AS parent_country__verified,
  v.exposed, v.exposed_ok AS exposed__verified, y.country_iso2 AS country, k.is_eea,
  y.hsm_external, y.rotated_on, y.backup_copy, y.recovered_on, y.access_logged, y.own_approval,
  y.quantum_safe, coalesce(u.times, 0) AS used_by, coalesce(y.available, TRUE) AS available
FROM {e}.keys y
LEFT JOIN {v}._provider v ON v.provider = y.provider_id
LEFT JOIN {v}._country k ON k.country = y.country_iso2
LEFT JOIN used u ON u.key = y.key_id
