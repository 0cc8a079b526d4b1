SELECT p.placement, p.resource, p.data_set, p.workload, p.role, p.explicit, p.provider,
  v.name AS provider_name, v.provider_group, v.ok AS provider_group__verified,
  v.country AS provider_country, v.ok AS provider_country__verified,
  v.parent_country, v.ok AS parent_country__verified,
  v.parent_is_eea, v.parent_ok AS parent_is_eea__verified,
  p.region, g.status AS region_status, g.verified AS region_status__verified,
  coalesce(g.country_iso2, p.own_country) AS country, g.verified AS country__verified,
  k.is_eea, coalesce(g.verified, TRUE) AND coalesce(k.verified, TRUE) AS is_eea__verified,
  k.is_eu, coalesce(g.verified, TRUE) AND coalesce(k.verified, TRUE) AS is_eu__verified,
  p.service, p.application, p.function, f.critical, p.must_run, p.environment, p.key,
  y.custody AS key_custody, y.country_iso2 AS key_country, yk.is_eea AS key_is_eea,
  CASE WHEN v.is_own THEN FALSE WHEN y.provider_id = p.provider THEN TRUE ELSE yv.provider_group = v.provider_group END
    AS key_same_group,
  y.provider_id = p.provider OR (coalesce(yv.ok, TRUE) AND coalesce(v.ok, TRUE))
    AS key_same_group__verified,
  CASE WHEN p.encrypted IS NULL AND y.custody IS NOT NULL THEN TRUE ELSE p.encrypted END
    AS encrypted,
  i.confidential_computing, p.contract,
  coalesce(p.transfer_instrument, t.transfer_instrument) AS transfer_instrument,
  coalesce(p.tia_date, t.tia_date) AS tia_date,
  coalesce(p.tia_date, t.tia_date) IS NOT NULL OR coalesce(p.tia_done, t.tia_done) AS tia_done,
  p.adequacy_covered, p.approval_ref, p.approval_valid_to, p.transfer_since,
  coalesce(p.filing_made, p.filed_on IS NOT NULL OR NULL) AS filing_made, p.filed_on,
  p.conditions_met, p.retention_hours, p.required_ual, p.classification, p.required_seal,
  p.eea_subjects, v.exposed, v.exposed_ok AS exposed__verified, v.exposed_us,
  v.exposed_ok AS exposed_us__verified, v.exposed_cn, v.exposed_ok AS exposed_cn__verified,
  v.control_plane_country, v.ok AS control_plane_country__verified,
  v.control_plane_is_eea, v.control_plane_ok AS control_plane_is_eea__verified,
  v.dpf_certified, v.dpf_ok AS dpf_certified__verified, p.ai_use, p.available, CASE WHEN p.role IN ('storage', 'backup') THEN t.storage_country
    WHEN p.role = 'processing' THEN t.processing_country END AS agreed_country,
  q.asks_secnumcloud,
  q.asks_c3a, q.asks_c3a_national, {is_columns}
FROM {v}._place p
LEFT JOIN {v}._provider v ON v.provider = p.provider
LEFT JOIN {c}.regions g ON g.provider_id = p.provider AND g.region_id = p.region
LEFT JOIN {v}._country k ON k.country = coalesce(g.country_iso2, p.own_country)
LEFT JOIN {e}.functions f ON f.function_id = p.function
LEFT JOIN {e}.keys y ON y.key_id = p.key
LEFT JOIN {v}._provider yv ON yv.provider = y.provider_id
LEFT JOIN {e}.service_profiles i ON i.service_id = p.service
LEFT JOIN {v}._country yk ON yk.country = y.country_iso2
LEFT JOIN {e}.contracts t ON t.contract_id = p.contract
LEFT JOIN {v}._class x ON x.data_set = p.data_set
LEFT JOIN {v}._asked q ON q.service IS NOT DISTINCT FROM p.service
