WITH own_seal AS (
  SELECT max(required_seal) AS seal, max(sector) AS sector,
    bool_or(sector = 'public_administration') AS public_body FROM {e}.organisation
)
SELECT w.workload_id AS workload, w.name, w.kind, w.task, w.application_id AS application,
  a.function_id AS function, f.critical, a.must_run,
  CASE WHEN w.kind IN ('training', 'serving') OR w.model_id IS NOT NULL THEN TRUE
       WHEN w.kind IN ('batch', 'classic') THEN FALSE END AS ai_use,
  w.ai_risk, w.in_service_since, w.people_informed, w.output_marked, w.ai_documented,
  w.human_oversight, w.data_governance, w.log_retention_days, w.rights_assessed,
  w.commission_notified,
  CASE WHEN w.kind = 'training' THEN 0.006 * coalesce(m.params_active_b, m.params_total_b)
    * w.tokens_b END AS training_zettaflop,
  m.verified AS training_zettaflop__verified, o.public_body, o.sector, w.model_id AS model, w.model_source, m.licence AS model_licence,
  m.licence_verified AS model_licence__verified, m.developer AS model_developer,
  m.verified AS model_developer__verified, m.developer_country AS model_developer_country,
  m.verified AS model_developer_country__verified, m.open_weights,
  m.verified AS open_weights__verified, w.engine, o.self_hostable AS engine_self_hostable,
  o.verified AS engine_self_hostable__verified, w.precision, w.provider_id AS provider,
  v.name AS provider_name, v.provider_group, v.ok AS provider_group__verified, v.parent_country,
  v.ok AS parent_country__verified, v.parent_is_eea, v.parent_ok AS parent_is_eea__verified,
  w.region_id AS region, coalesce(g.country_iso2, w.country_iso2) AS country,
  g.verified AS country__verified, k.is_eea,
  coalesce(g.verified, TRUE) AND coalesce(k.verified, TRUE) AS is_eea__verified, k.is_eu,
  coalesce(g.verified, TRUE) AND coalesce(k.verified, TRUE) AS is_eu__verified, w.instance_type,
  w.accelerator_id AS accelerator, h.vendor AS accelerator_vendor,
  h.verified AS accelerator_vendor__verified, h.vendor_country AS accelerator_vendor_country,
  h.verified AS accelerator_vendor_country__verified, w.accelerator_count, w.term,
  coalesce(w.required_seal, o.seal) AS required_seal, v.exposed,
  v.exposed_ok AS exposed__verified, v.exposed_us, v.exposed_ok AS exposed_us__verified,
  coalesce(w.available, TRUE) AS available
FROM {e}.workloads w
LEFT JOIN {e}.applications a ON a.application_id = w.application_id
LEFT JOIN {e}.functions f ON f.function_id = a.function_id
LEFT JOIN {c}.models m ON m.model_id = w.model_id
LEFT JOIN {c}.orchestration o ON o.tool_id = w.engine
LEFT JOIN {v}._provider v ON v.provider = w.provider_id
LEFT JOIN {c}.regions g ON g.provider_id = w.provider_id AND g.region_id = w.region_id
LEFT JOIN {v}._country k ON k.country = coalesce(g.country_iso2, w.country_iso2)
LEFT JOIN {c}.accelerators h ON h.accelerator_id = w.accelerator_id
CROSS JOIN own_seal o
