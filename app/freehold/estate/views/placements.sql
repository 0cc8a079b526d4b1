-- Explicit placements, which take their place from the resource or workload where they name none,
-- and one implicit placement for each resource without an explicit one.
WITH own_seal AS (SELECT max(required_seal) AS seal FROM {e}.organisation),
joined AS (
  SELECT p.placement_id AS placement, p.resource_id AS resource, p.data_set_id AS data_set,
    p.workload_id AS workload, p.role, TRUE AS explicit, p.encrypted, p.transfer_instrument,
    p.tia_date, p.tia_done, p.adequacy_covered, p.approval_ref, p.approval_valid_to,
    p.transfer_since, p.filing_made, p.filed_on, p.conditions_met, p.retention_hours, p.available,
    CASE WHEN p.provider_id IS NOT NULL OR p.region_id IS NOT NULL OR p.country_iso2 IS NOT NULL
         THEN 'own' WHEN r.provider_id IS NOT NULL THEN 'resource' ELSE 'workload' END AS place,
    p.provider_id, p.region_id, p.country_iso2, p.service_id, p.key_id, p.contract_id
  FROM {e}.placements p {only:p.placement_id}
  LEFT JOIN {near:resources.resource_id} r ON r.resource_id = p.resource_id
  UNION ALL
  SELECT 'resource:' || r.resource_id, r.resource_id, NULL, NULL,
    CASE WHEN r.service_category IN ('storage', 'database') THEN 'storage'
         WHEN r.service_category = 'backup' THEN 'backup'
         WHEN r.service_category IN ('compute', 'gpu', 'ai') THEN 'processing' END,
    FALSE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'resource',
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM {near:resources.resource_id} r {only:'resource:' || r.resource_id}
  ANTI JOIN (SELECT resource_id FROM {near:placements.resource_id}) p ON p.resource_id = r.resource_id
),
place AS (
  SELECT j.placement, j.resource, j.data_set, j.workload, j.role, j.explicit, j.encrypted,
    CASE j.place WHEN 'own' THEN coalesce(j.provider_id, r.provider_id, w.provider_id)
      WHEN 'resource' THEN r.provider_id ELSE w.provider_id END AS provider,
    CASE j.place WHEN 'own' THEN j.region_id WHEN 'resource' THEN r.region_id
      ELSE w.region_id END AS region,
    CASE j.place WHEN 'own' THEN j.country_iso2 WHEN 'resource' THEN r.country_iso2
      ELSE w.country_iso2 END AS own_country,
    coalesce(j.service_id, r.service_id) AS service,
    coalesce(r.application_id, w.application_id, d.application) AS application,
    coalesce(a.function_id, s.function_id) AS function,
    coalesce(r.environment, a.environment) AS environment, a.must_run,
    coalesce(j.key_id, r.key_id) AS key,
    coalesce(j.contract_id, r.contract_id, s.contract_id) AS contract,
    j.transfer_instrument, j.tia_date, j.tia_done, j.adequacy_covered, j.approval_ref,
    j.approval_valid_to, j.transfer_since, j.filing_made, j.filed_on, j.conditions_met,
    j.retention_hours, s.required_ual, d.classification, d.eea_subjects,
    coalesce(greatest(d.required_seal, w.required_seal, s.required_seal), o.seal) AS required_seal,
    CASE WHEN w.kind IN ('training', 'serving') OR w.model_id IS NOT NULL
           OR r.service_category = 'ai' THEN TRUE
         WHEN w.kind IN ('batch', 'classic') THEN FALSE
         WHEN r.service_category NOT IN ('compute', 'gpu', 'other') THEN FALSE END AS ai_use,
    coalesce(j.available, TRUE) AND coalesce(r.available, TRUE) AND coalesce(s.available, TRUE)
      AND coalesce(w.available, TRUE)
      AS available
  FROM joined j
  LEFT JOIN {near:resources.resource_id} r ON r.resource_id = j.resource
  LEFT JOIN {e}.workloads w ON w.workload_id = j.workload
  LEFT JOIN {v}._data_set d ON d.data_set = j.data_set
  LEFT JOIN {e}.services s ON s.service_id = coalesce(j.service_id, r.service_id)
  LEFT JOIN {e}.applications a
    ON a.application_id = coalesce(r.application_id, w.application_id, d.application)
  CROSS JOIN own_seal o
)
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
FROM place p
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
