-- Infrastructure and technology count as a provider's own unless the catalogue names another's.
WITH bases AS (
  SELECT u.provider, CASE WHEN NOT p.many_hosts THEN coalesce(p.host_provider, u.provider) END
      AS host, coalesce(p.technology_provider, u.provider) AS technology,
    u.provider IN (SELECT provider FROM {v}.placements WHERE provider IS NOT NULL) AS placed
  FROM {v}._use u LEFT JOIN {v}._provider p ON p.provider = u.provider
)
SELECT u.provider, p.name, p.category, p.legal_entity, p.ok AS legal_entity__verified, p.country,
  p.ok AS country__verified, p.is_eea, p.ok AS is_eea__verified, p.is_eu, p.ok AS is_eu__verified, p.provider_group,
  p.ok AS provider_group__verified, p.parent_country, p.ok AS parent_country__verified,
  p.parent_is_eea, p.parent_ok AS parent_is_eea__verified,
  p.parent_is_eu, p.parent_ok AS parent_is_eu__verified,
  p.control_plane_country, p.ok AS control_plane_country__verified,
  p.control_plane_is_eea, p.control_plane_ok AS control_plane_is_eea__verified,
  p.exposure_basis, p.ok AS exposure_basis__verified, p.exposed, p.exposed_ok AS exposed__verified,
  p.exposed_us, p.exposed_ok AS exposed_us__verified, p.exposed_cn,
  p.exposed_ok AS exposed_cn__verified, p.exposure_count,
  p.exposed_ok AS exposure_count__verified, p.host_provider,
  p.links_ok AS host_provider__verified,
  CASE WHEN b.host = u.provider THEN FALSE
       ELSE (SELECT fh_any(o.host = b.host) FROM bases o
             WHERE o.placed AND o.provider <> u.provider) END AS host_in_use,
  p.links_ok AS host_in_use__verified, p.technology_provider,
  p.links_ok AS technology_provider__verified,
  CASE WHEN b.technology = u.provider THEN FALSE
       ELSE (SELECT fh_any(o.technology = b.technology) FROM bases o
             WHERE o.placed AND o.provider <> u.provider) END AS technology_in_use,
  p.links_ok AS technology_in_use__verified, t.parent_country AS technology_parent_country,
  p.links_ok AND coalesce(t.ok, TRUE) AS technology_parent_country__verified,
  p.control_plane_provider, p.links_ok AS control_plane_provider__verified, p.dpf_certified,
  p.dpf_ok AS dpf_certified__verified, p.dora_ctpp, p.dora_ctpp_verified AS dora_ctpp__verified,
  p.status, p.ok AS status__verified, u.supports_critical, u.has_critical_data, u.resource_count,
  u.cost_usd, {asks}
FROM {v}._use u
LEFT JOIN bases b ON b.provider = u.provider
LEFT JOIN {v}._provider p ON p.provider = u.provider
LEFT JOIN {v}._provider t ON t.provider = p.technology_provider
LEFT JOIN {v}._asked_provider q ON q.provider = u.provider
