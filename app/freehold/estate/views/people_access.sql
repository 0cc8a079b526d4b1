SELECT a.access_id AS access, a.service_id AS service,
  coalesce(a.provider_id, s.provider) AS provider, v.provider_group,
  v.ok AS provider_group__verified, a.role, a.country_iso2 AS country, k.is_eea, k.is_eu,
  j.eu_adequacy AS adequacy, coalesce(j.verified, TRUE) AS adequacy__verified,
  t.transfer_instrument, f.holds_personal, a.citizenship, a.cleared, s.critical,
  s.required_seal, s.required_ual,
  CASE WHEN a.provider_id IS NULL OR a.provider_id = s.provider THEN TRUE
       ELSE v.provider_group = s.provider_group END AS same_group,
  coalesce(a.provider_id = s.provider, TRUE)
    OR (coalesce(v.ok, TRUE) AND s.provider_group__verified) AS same_group__verified,
  v.exposed, v.exposed_ok AS exposed__verified, {asks}
FROM {e}.people_access a
LEFT JOIN {v}.services s ON s.service = a.service_id
LEFT JOIN {v}._provider v ON v.provider = coalesce(a.provider_id, s.provider)
LEFT JOIN {v}._asked q ON q.service IS NOT DISTINCT FROM a.service_id
LEFT JOIN {c}.adequacy j ON j.country_iso2 = a.country_iso2
LEFT JOIN {e}.contracts t ON t.contract_id = s.contract
LEFT JOIN {v}._country k ON k.country = a.country_iso2
LEFT JOIN {v}.service_profiles f ON f.service = a.service_id
