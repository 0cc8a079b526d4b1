WITH used AS (
  SELECT model, count(*) AS workload_count, fh_any(critical) AS critical
  FROM {v}.workloads WHERE model IS NOT NULL GROUP BY model
)
SELECT u.model, m.developer, m.verified AS developer__verified, m.developer_country,
  m.verified AS developer_country__verified, k.is_eea AS developer_is_eea,
  m.verified AS developer_is_eea__verified, m.licence, m.licence_verified AS licence__verified,
  m.open_weights, m.verified AS open_weights__verified, m.open_code = 'yes' AS open_code,
  m.verified AS open_code__verified, m.open_training_data = 'yes' AS open_training_data,
  m.verified AS open_training_data__verified, m.kind, u.workload_count, u.critical
FROM used u
LEFT JOIN {c}.models m ON m.model_id = u.model
LEFT JOIN {v}._country k ON k.country = m.developer_country
