SELECT d.data_set, d.name, d.application, d.function, d.critical, d.classification, d.volume_gb,
  coalesce(d.required_seal, (SELECT max(required_seal) FROM {e}.organisation)) AS required_seal,
  d.eea_subjects, d.owner, {is_columns}
FROM {v}._data_set d LEFT JOIN {v}._class x ON x.data_set = d.data_set
