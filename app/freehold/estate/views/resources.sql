SELECT r.resource_id AS resource, r.name, r.provider_id AS provider, v.name AS provider_name,
  v.category AS provider_category, v.provider_group, v.ok AS provider_group__verified,
  v.parent_country, v.ok AS parent_country__verified,
  v.parent_is_eea, v.parent_ok AS parent_is_eea__verified,
  coalesce(r.host_provider_id, v.host_provider) AS host_provider,
  r.host_provider_id IS NOT NULL OR coalesce(v.links_ok, TRUE) AS host_provider__verified,
  r.account, r.service_name, r.service_category, r.resource_type, r.region_id AS region, r.zone,
  coalesce(g.country_iso2, r.country_iso2) AS country, g.verified AS country__verified,
  k.is_eea, coalesce(g.verified, TRUE) AND coalesce(k.verified, TRUE) AS is_eea__verified,
  k.is_eu, coalesce(g.verified, TRUE) AND coalesce(k.verified, TRUE) AS is_eu__verified,
  coalesce(r.environment, a.environment) AS environment, r.application_id AS application,
  coalesce(a.function_id, s.function_id) AS function, f.critical, r.service_id AS service,
  coalesce(r.contract_id, s.contract_id) AS contract, r.key_id AS key, y.custody AS key_custody,
  r.instance_type, r.accelerator_id AS accelerator, h.vendor AS accelerator_vendor,
  h.verified AS accelerator_vendor__verified, h.vendor_country AS accelerator_vendor_country,
  h.verified AS accelerator_vendor_country__verified, r.accelerator_count, r.quantity,
  r.cost_monthly, r.cost_currency, CAST(CAST(r.cost_monthly AS DECIMAL(38, 4)) * x.usd AS DECIMAL(18, 4)) AS cost_usd,
  v.exposed, v.exposed_ok AS exposed__verified, v.exposed_us,
  v.exposed_ok AS exposed_us__verified, v.exposed_cn, v.exposed_ok AS exposed_cn__verified,
  v.control_plane_country, v.ok AS control_plane_country__verified, r.status,
  coalesce(r.available, TRUE) AS available, e.resource_id IS NOT NULL AS has_placement
FROM {e}.resources r {only:r.resource_id}
LEFT JOIN {v}._provider v ON v.provider = r.provider_id
LEFT JOIN {c}.regions g ON g.provider_id = r.provider_id AND g.region_id = r.region_id
LEFT JOIN {v}._country k ON k.country = coalesce(g.country_iso2, r.country_iso2)
LEFT JOIN {e}.applications a ON a.application_id = r.application_id
LEFT JOIN {e}.services s ON s.service_id = r.service_id
LEFT JOIN {e}.functions f ON f.function_id = coalesce(a.function_id, s.function_id)
LEFT JOIN {e}.keys y ON y.key_id = r.key_id
LEFT JOIN {c}.accelerators h ON h.accelerator_id = r.accelerator_id
LEFT JOIN {v}._fx x ON x.currency = upper(r.cost_currency)
LEFT JOIN (SELECT DISTINCT resource_id FROM {near:placements.resource_id}) e ON e.resource_id = r.resource_id
