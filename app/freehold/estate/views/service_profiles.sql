WITH running AS (
  SELECT service, fh_any(must_run) AS must_run FROM {v}.placements
  WHERE service IS NOT NULL GROUP BY service
),
keyed AS (
  SELECT service, CASE WHEN count(*) = count(key_custody) THEN min(key_custody) END AS key_custody
  FROM {v}.placements WHERE service IS NOT NULL GROUP BY service
),
holding AS (
  SELECT service, fh_any({personal}) AS holds_personal FROM {v}.placements
  WHERE service IS NOT NULL GROUP BY service
)
SELECT s.service, s.provider, s.provider_group, s.provider_group__verified, s.model, s.critical,
  r.must_run, s.in_scope, s.required_seal, s.required_ual, v.parent_is_eu,
  v.parent_ok AS parent_is_eu__verified, s.exposed, s.exposed__verified, v.exposed_us,
  v.exposed_ok AS exposed_us__verified, h.holds_personal, s.public_body,
  (SELECT bool_or(under_nis2) FROM {v}.organisation) AS under_nis2, p.api_openness, p.portability, p.open_source_level,
  p.identity_provider_id AS identity_provider, i.provider_group AS identity_provider_group,
  i.ok AS identity_provider_group__verified,
  CASE WHEN p.identity_provider_id = s.provider THEN TRUE
       ELSE i.provider_group = s.provider_group END AS identity_same_group,
  p.identity_provider_id = s.provider OR (coalesce(i.ok, TRUE) AND s.provider_group__verified)
    AS identity_same_group__verified,
  p.control_plane_country, c1.is_eea AS control_plane_is_eea, c1.is_eu AS control_plane_is_eu,
  p.admin_access_country, c2.is_eea AS admin_access_is_eea, c2.is_eu AS admin_access_is_eu,
  p.support_country, c3.is_eea AS support_is_eea, c3.is_eu AS support_is_eu, p.soc_country, c4.is_eea AS soc_is_eea, c4.is_eu AS soc_is_eu,
  p.soc_escalation_country, c5.is_eea AS soc_escalation_is_eea, c5.is_eu AS soc_escalation_is_eu,
  p.log_country, c6.is_eea AS log_is_eea, c6.is_eu AS log_is_eu, p.log_customer_access, p.log_immutable, p.sbom,
  p.autonomy_days, p.disconnect_tested, p.cutoff_resilience, p.patch_autonomy,
  p.foreign_request_policy, p.trains_on_customer_data, p.separation_measures,
  p.support_supervised, p.source_backup_country, c7.is_eu AS source_backup_is_eu,
  p.source_backup_age_hours, p.source_backup_versions,
  y.key_custody, p.orchestration_tool_id AS orchestration_tool,
  o.vendor_country AS orchestration_vendor_country,
  o.verified AS orchestration_vendor_country__verified,
  o.self_hostable AS orchestration_self_hostable,
  o.verified AS orchestration_self_hostable__verified, p.own_identity, p.emergency_access,
  p.emergency_tested_on, p.admin_mfa, p.admin_time_limited, p.admin_logged, p.support_approved,
  p.confidential_computing, p.log_retention_days, p.patch_days, p.disconnect_tested_on,
  p.calls_home, i.exposed AS identity_exposed, i.exposed_ok AS identity_exposed__verified,
  {asks}
FROM {v}.services s
LEFT JOIN {e}.service_profiles p ON p.service_id = s.service
LEFT JOIN holding h ON h.service = s.service
LEFT JOIN {v}._provider v ON v.provider = s.provider
LEFT JOIN running r ON r.service = s.service
LEFT JOIN {v}._provider i ON i.provider = p.identity_provider_id
LEFT JOIN {c}.orchestration o ON o.tool_id = p.orchestration_tool_id
LEFT JOIN {v}._country c1 ON c1.country = p.control_plane_country
LEFT JOIN {v}._country c2 ON c2.country = p.admin_access_country
LEFT JOIN {v}._country c3 ON c3.country = p.support_country
LEFT JOIN {v}._country c4 ON c4.country = p.soc_country
LEFT JOIN {v}._country c5 ON c5.country = p.soc_escalation_country
LEFT JOIN {v}._country c6 ON c6.country = p.log_country
LEFT JOIN {v}._country c7 ON c7.country = p.source_backup_country
LEFT JOIN keyed y ON y.service = s.service
LEFT JOIN {v}._asked q ON q.service = s.service
