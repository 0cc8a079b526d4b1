SELECT u.provider || '/' || coalesce(l.law, 'none') AS exposure, u.provider, u.provider_group,
  u.provider_group__verified, l.law, l.law_name, l.verified AS law_name__verified, l.law_country,
  l.verified AS law_country__verified, l.law_is_eea, l.verified AS law_is_eea__verified,
  CASE WHEN l.law IS NOT NULL AND u.exposed IS NOT NULL THEN l.in_force
       WHEN l.law IS NULL AND u.exposed = FALSE THEN FALSE END AS in_force,
  coalesce(l.verified, u.exposed__verified) AS in_force__verified, u.supports_critical,
  u.has_critical_data, u.cost_usd
FROM {v}.providers u LEFT JOIN {v}._law l ON l.provider = u.provider
