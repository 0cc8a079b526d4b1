SELECT u.provider || '/' || coalesce(c.scheme || '/' || coalesce(c.scope, ''), 'none')
    AS certification,
  u.provider, u.provider_group, u.provider_group__verified, c.scheme,
  c.verified AS scheme__verified, f.family AS scheme_family, f.edition, c.scope,
  c.verified AS scope__verified, c.status,
  c.verified AS status__verified, c.valid_from, c.verified AS valid_from__verified, c.valid_to,
  c.verified AS valid_to__verified, FALSE AS own, CAST(NULL AS VARCHAR) AS service,
  CAST(NULL AS VARCHAR) AS region, u.supports_critical
FROM {v}.providers u
LEFT JOIN {c}.certifications c ON c.provider_id = u.provider
LEFT JOIN {c}.certification_schemes f ON f.scheme = c.scheme
UNION ALL
SELECT 'own:' || o.certificate_id, o.provider_id, v.provider_group, v.ok, o.scheme, TRUE, f.family,
  f.edition, NULL, TRUE, o.status, TRUE, o.valid_from, TRUE, o.valid_to, TRUE, TRUE, o.service_id,
  o.region_id, u.supports_critical
FROM {e}.certificates o
LEFT JOIN {v}.providers u ON u.provider = o.provider_id
LEFT JOIN {v}._provider v ON v.provider = o.provider_id
LEFT JOIN {c}.certification_schemes f ON f.scheme = o.scheme
