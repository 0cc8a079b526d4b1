WITH used AS (
  SELECT accelerator, accelerator_count * coalesce(quantity, 1) AS held, NULL AS working,
    CAST(NULL AS BOOLEAN) AS training, critical FROM {v}.resources
  UNION ALL
  SELECT accelerator_id, quantity, NULL, CASE WHEN used_for = 'training' THEN TRUE
    WHEN used_for = 'inference' THEN FALSE END, FALSE FROM {e}.accelerator_pools
  UNION ALL
  SELECT accelerator, NULL, accelerator_count, kind = 'training', critical FROM {v}.workloads
),
summed AS (
  SELECT accelerator, sum(held) AS held, sum(working) AS working,
    CASE WHEN bool_or(training) THEN TRUE WHEN bool_and(training IS NOT NULL) THEN FALSE END
      AS used_for_training, fh_any(critical) AS critical
  FROM used WHERE accelerator IS NOT NULL GROUP BY accelerator
)
SELECT u.accelerator, a.name, a.vendor, a.verified AS vendor__verified, a.vendor_country,
  a.verified AS vendor_country__verified, k.is_eea AS vendor_is_eea,
  a.verified AS vendor_is_eea__verified, a.fab_country, a.verified AS fab_country__verified,
  a.kind, a.memory_gb, a.verified AS memory_gb__verified,
  greatest(u.held, u.working) AS in_use, u.used_for_training, u.critical, t.tpp,
  a.verified AS tpp__verified, t.lead_time_days, t.lead_ok AS lead_time_days__verified,
  coalesce(a.export_blocked, FALSE) AS export_blocked,
  coalesce(a.licence_needed, FALSE) AS licence_needed
FROM summed u
LEFT JOIN {c}.accelerators a ON a.accelerator_id = u.accelerator
LEFT JOIN {v}._chip t ON t.accelerator = u.accelerator
LEFT JOIN {v}._country k ON k.country = a.vendor_country
