SELECT u.provider || '/' || coalesce(c.scheme || '/' || coalesce(c.scope, ''), 'none')
    AS certification,
  u.provider, u.provider_group, u.provider_group__verified, c.scheme,
  c.verified AS scheme__verified, c.scope, c.verified AS scope__verified, c.status,
  c.verified AS status__verified, c.valid_from, c.verified AS valid_from__verified, c.valid_to,
  c.verified AS valid_to__verified, u.supports_critical
FROM {v}.providers u LEFT JOIN {c}.certifications c ON c.provider_id = u.provider
