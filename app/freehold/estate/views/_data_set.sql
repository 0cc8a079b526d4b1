-- Each data set with its application, function and what is told of its subjects.
WITH subjects AS (
  SELECT s.data_set_id AS data_set, fh_any(k.is_eea) AS eea_subjects
  FROM {e}.data_set_subjects s LEFT JOIN {v}._country k ON k.country = s.country_iso2
  GROUP BY s.data_set_id
)
SELECT d.data_set_id AS data_set, d.name, d.application_id AS application,
  a.function_id AS function, f.critical, a.must_run, a.environment, d.classification, d.volume_gb,
  d.required_seal, d.owner, d.open_format, d.restored_elsewhere, d.restored_elsewhere_on,
  d.subject_count, d.dpia_done, d.restore_tested, d.restore_tested_on,
  s.eea_subjects, s.data_set IS NOT NULL AS subjects_told
FROM {e}.data_sets d
LEFT JOIN {e}.applications a ON a.application_id = d.application_id
LEFT JOIN {e}.functions f ON f.function_id = a.function_id
LEFT JOIN subjects s ON s.data_set = d.data_set_id
