SELECT a.access_id AS access, a.service_id AS service,
  coalesce(a.provider_id, s.provider) AS provider, v.provider_group,
  v.ok AS provider_group__verified, a.role, a.country_iso2 AS country, k.is_eea, a.citizenship,
  a.cleared, s.critical, s.required_seal
FROM {e}.people_access a
LEFT JOIN {v}.services s ON s.service = a.service_id
LEFT JOIN {v}._provider v ON v.provider = coalesce(a.provider_id, s.provider)
LEFT JOIN {v}._country k ON k.country = a.country_iso2
