-- What is known of each provider: the catalogue's, and those the estate names beside them.
WITH named AS (
  SELECT provider_id AS provider FROM {c}.providers
  UNION SELECT provider_id FROM {e}.resources WHERE provider_id IS NOT NULL
  UNION SELECT host_provider_id FROM {e}.resources WHERE host_provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.placements WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.keys WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.services WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.contracts WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.subcontractors WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.people_access WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.workloads WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.accelerator_pools WHERE provider_id IS NOT NULL
  UNION SELECT provider_id FROM {e}.commitments WHERE provider_id IS NOT NULL
  UNION SELECT identity_provider_id FROM {e}.service_profiles
    WHERE identity_provider_id IS NOT NULL
  UNION SELECT target_provider_id FROM {e}.exit_plans WHERE target_provider_id IS NOT NULL
),
own AS (SELECT max(name) AS name, max(country_iso2) AS country FROM {e}.organisation),
links AS (
  SELECT provider_id AS provider, bool_and(verified) AS ok,
    CASE WHEN count(DISTINCT host_provider_id) = 1 AND count(host_provider_id) = count(*)
         THEN min(host_provider_id) END AS host,
    count(DISTINCT host_provider_id) > 1 AS many_hosts,
    CASE WHEN count(DISTINCT technology_provider_id) = 1 THEN min(technology_provider_id) END
      AS technology,
    CASE WHEN count(DISTINCT control_plane_provider_id) = 1 THEN min(control_plane_provider_id)
    END AS control_plane,
    CASE WHEN bool_or(dpf_certified) THEN TRUE WHEN bool_and(NOT dpf_certified) THEN FALSE END
      AS dpf,
    bool_and(verified AND dpf_basis = 'read') FILTER (dpf_certified IS NOT NULL) AS dpf_ok
  FROM {c}.provider_links GROUP BY provider_id
),
bound AS (
  SELECT provider, fh_any(in_force) AS any_law,
    fh_any(in_force AND coalesce(law_country = 'US', FALSE)) AS us_law,
    fh_any(in_force AND coalesce(law_country = 'CN', FALSE)) AS cn_law,
    count(*) FILTER (in_force) AS laws, bool_and(verified) AS ok
  FROM {v}._law GROUP BY provider
),
-- 'the user' is the catalogue's word for the organisation itself (own hardware).
facts AS (
  SELECT n.provider, p.provider_id IS NOT NULL AS known, p.name, p.category, p.legal_entity,
    p.ultimate_parent = 'the user' AS is_own,
    CASE WHEN p.ultimate_parent = 'the user' THEN o.country ELSE p.hq_country END AS country,
    CASE WHEN p.ultimate_parent = 'the user' THEN coalesce(o.name, 'own') ELSE p.ultimate_parent
    END AS provider_group,
    CASE WHEN p.ultimate_parent = 'the user' THEN o.country ELSE p.parent_country END
      AS parent_country,
    CASE WHEN p.ultimate_parent = 'the user' THEN o.country ELSE p.control_plane_country END
      AS control_plane_country,
    nullif(p.exposure_basis, 'unknown') AS exposure_basis, p.status, p.dora_ctpp,
    p.dora_ctpp_verified, p.verified AS ok
  FROM named n LEFT JOIN {c}.providers p ON p.provider_id = n.provider CROSS JOIN own o
)
SELECT f.*, k.is_eea, k.is_eu, pk.is_eea AS parent_is_eea, pk.is_eu AS parent_is_eu,
  ck.is_eea AS control_plane_is_eea,
  f.ok AND coalesce(pk.verified, TRUE) AS parent_ok,
  f.ok AND coalesce(ck.verified, TRUE) AS control_plane_ok,
  CASE WHEN f.exposure_basis IS NULL OR f.exposure_basis IN ('parent_pending', 'presence_us')
       THEN NULL WHEN b.provider IS NULL THEN FALSE ELSE b.any_law END AS exposed,
  CASE WHEN f.exposure_basis IS NULL OR f.exposure_basis IN ('parent_pending', 'presence_us')
       THEN NULL WHEN b.provider IS NULL THEN FALSE ELSE b.us_law END AS exposed_us,
  CASE WHEN f.exposure_basis IS NULL THEN NULL WHEN b.provider IS NULL THEN FALSE
    ELSE b.cn_law END AS exposed_cn,
  CASE WHEN f.exposure_basis IS NULL THEN NULL ELSE coalesce(b.laws, 0) END AS exposure_count,
  f.ok AND coalesce(b.ok, TRUE) AS exposed_ok,
  l.host AS host_provider, coalesce(l.many_hosts, FALSE) AS many_hosts, l.technology AS technology_provider,
  l.control_plane AS control_plane_provider, l.dpf AS dpf_certified, l.ok AS links_ok, l.dpf_ok
FROM facts f
LEFT JOIN links l ON l.provider = f.provider
LEFT JOIN bound b ON b.provider = f.provider
LEFT JOIN {v}._country k ON k.country = f.country
LEFT JOIN {v}._country pk ON pk.country = f.parent_country
LEFT JOIN {v}._country ck ON ck.country = f.control_plane_country
