SELECT p.pool_id AS accelerator_pool, p.name, p.provider_id AS provider, v.provider_group,
  v.ok AS provider_group__verified, p.region_id AS region,
  coalesce(g.country_iso2, p.country_iso2) AS country, g.verified AS country__verified, k.is_eea,
  g.verified AS is_eea__verified, p.accelerator_id AS accelerator, a.vendor,
  a.verified AS vendor__verified, a.vendor_country, a.verified AS vendor_country__verified,
  a.fab_country, a.verified AS fab_country__verified, p.quantity, p.term, p.used_for,
  p.available_from, p.available_to, coalesce(p.ordered, p.ordered_on IS NOT NULL OR NULL) AS ordered,
  p.ordered_on, t.tpp, a.verified AS tpp__verified, t.lead_time_days,
  t.lead_ok AS lead_time_days__verified
FROM {e}.accelerator_pools p
LEFT JOIN {v}._provider v ON v.provider = p.provider_id
LEFT JOIN {c}.regions g ON g.provider_id = p.provider_id AND g.region_id = p.region_id
LEFT JOIN {v}._country k ON k.country = coalesce(g.country_iso2, p.country_iso2)
LEFT JOIN {c}.accelerators a ON a.accelerator_id = p.accelerator_id
LEFT JOIN {v}._chip t ON t.accelerator = p.accelerator_id
