WITH parties AS (
  SELECT s.service, s.service || '/1' AS link, coalesce(v.name, s.provider) AS party, s.provider,
    1 AS rank, CAST(NULL AS VARCHAR) AS told_country, CAST(NULL AS VARCHAR) AS told_parent,
    CAST(NULL AS BOOLEAN) AS technical_access
  FROM {v}.services s LEFT JOIN {v}._provider v ON v.provider = s.provider
  UNION ALL
  SELECT s.service, s.service || '/' || coalesce(CAST(c.rank AS VARCHAR), '-') || '/'
      || c.subcontractor_id, coalesce(c.name, c.provider_id), c.provider_id, c.rank,
    c.country_iso2, c.parent_country_iso2, c.technical_access
  FROM {e}.subcontractors c
  JOIN {v}.services s ON s.service = c.service_id
    OR (c.service_id IS NULL AND s.contract = c.contract_id)
  WHERE NOT coalesce(c.rank = 1 AND c.provider_id = s.provider, FALSE)
),
placed AS (
  SELECT p.service, CASE WHEN count(*) = count(p.key_custody) THEN min(p.key_custody) END
      AS key_custody,
    fh_all(p.is_eea) AS all_placements_eea, bool_and(p.is_eea__verified) AS eea_ok,
    CASE WHEN count(*) = count(n.pue) THEN max(n.pue) END AS worst_pue,
    bool_and(coalesce(n.pue_verified, TRUE)) AS pue_ok
  FROM {v}.placements p
  LEFT JOIN {v}._energy n ON n.provider = p.provider AND n.region = p.region
  WHERE p.service IS NOT NULL GROUP BY p.service
)
SELECT y.link, y.service, y.party, y.provider, y.rank,
  coalesce(y.told_country, v.country) AS party_country,
  y.told_country IS NOT NULL OR coalesce(v.ok, TRUE) AS party_country__verified,
  k.is_eea AS party_is_eea,
  y.told_country IS NOT NULL OR coalesce(v.ok, TRUE) AS party_is_eea__verified,
  k.is_eu AS party_is_eu,
  y.told_country IS NOT NULL OR coalesce(v.ok, TRUE) AS party_is_eu__verified,
  coalesce(y.told_parent, v.parent_country) AS parent_country,
  y.told_parent IS NOT NULL OR coalesce(v.ok, TRUE) AS parent_country__verified,
  pk.is_eea AS parent_is_eea,
  y.told_parent IS NOT NULL OR coalesce(v.ok, TRUE) AS parent_is_eea__verified,
  pk.is_eu AS parent_is_eu,
  y.told_parent IS NOT NULL OR coalesce(v.ok, TRUE) AS parent_is_eu__verified,
  v.exposed, v.exposed_ok AS exposed__verified, y.technical_access, s.critical, s.in_scope,
  s.required_seal, s.required_ual,
  f.under_nis2, t.governing_law_is_eu, g.key_custody, g.all_placements_eea,
  g.eea_ok AS all_placements_eea__verified, f.control_plane_is_eea, f.support_is_eea,
  f.soc_is_eea, f.log_is_eea, f.log_customer_access, f.log_immutable, f.sbom,
  f.cutoff_resilience, f.patch_autonomy, f.foreign_request_policy, f.open_source_level,
  f.api_openness, s.asks_secnumcloud, s.asks_c3a, t.audit_rights, g.worst_pue, g.pue_ok AS worst_pue__verified
FROM parties y
JOIN {v}.services s ON s.service = y.service
LEFT JOIN {v}._provider v ON v.provider = y.provider
LEFT JOIN {v}._country k ON k.country = coalesce(y.told_country, v.country)
LEFT JOIN {v}._country pk ON pk.country = coalesce(y.told_parent, v.parent_country)
LEFT JOIN {v}.contracts t ON t.contract = s.contract
LEFT JOIN {v}.service_profiles f ON f.service = y.service
LEFT JOIN placed g ON g.service = y.service
