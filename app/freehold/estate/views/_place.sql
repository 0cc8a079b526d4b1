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
  FROM {e}.placements p LEFT JOIN {e}.resources r ON r.resource_id = p.resource_id
  UNION ALL
  SELECT 'resource:' || r.resource_id, r.resource_id, NULL, NULL,
    CASE WHEN r.service_category IN ('storage', 'database') THEN 'storage'
         WHEN r.service_category = 'backup' THEN 'backup'
         WHEN r.service_category IN ('compute', 'gpu', 'ai') THEN 'processing' END,
    FALSE, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'resource',
    NULL, NULL, NULL, NULL, NULL, NULL
  FROM {e}.resources r
  ANTI JOIN (SELECT resource_id FROM {e}.placements) p ON p.resource_id = r.resource_id
)
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
    AS available
FROM joined j
LEFT JOIN {e}.resources r ON r.resource_id = j.resource
LEFT JOIN {e}.workloads w ON w.workload_id = j.workload
LEFT JOIN {v}._data_set d ON d.data_set = j.data_set
LEFT JOIN {e}.services s ON s.service_id = coalesce(j.service_id, r.service_id)
LEFT JOIN {e}.applications a
  ON a.application_id = coalesce(r.application_id, w.application_id, d.application)
CROSS JOIN own_seal o
