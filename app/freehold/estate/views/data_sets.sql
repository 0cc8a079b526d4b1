-- A backup is apart where no copy in storage shares its provider and region, and with another
-- group where none is with its group.
WITH told AS (
  SELECT placement, data_set, role, provider, region, provider_group,
    coalesce(provider_group__verified, TRUE) AS ok FROM {v}.placements
  WHERE data_set IS NOT NULL AND available
),
backups AS (
  SELECT data_set, CASE WHEN bool_or(role = 'backup') THEN TRUE
    WHEN count(*) = count(role) THEN FALSE END AS has_backup
  FROM told GROUP BY data_set
),
pairs AS (
  SELECT b.data_set, b.placement, fh_all(CASE WHEN b.provider <> s.provider THEN TRUE
    WHEN b.provider = s.provider THEN b.region <> s.region END) AS apart,
    fh_all(b.provider_group <> s.provider_group) AS other, bool_and(b.ok AND s.ok) AS ok
  FROM told b JOIN told s ON s.data_set = b.data_set AND s.role = 'storage'
  WHERE b.role = 'backup' GROUP BY b.data_set, b.placement
),
parted AS (
  SELECT data_set, fh_any(apart) AS backup_apart, fh_any(other) AS other, bool_and(ok) AS ok
  FROM pairs GROUP BY data_set
)
SELECT d.data_set, d.name, d.application, d.function, d.critical, d.classification, d.volume_gb,
  coalesce(d.required_seal, (SELECT max(required_seal) FROM {e}.organisation)) AS required_seal,
  d.eea_subjects, d.subject_count, d.dpia_done, d.open_format,
  coalesce(d.restore_tested, d.restore_tested_on IS NOT NULL OR NULL) AS restore_tested,
  d.restore_tested_on, (SELECT bool_or(under_nis2) FROM {v}.organisation) AS under_nis2,
  CASE WHEN d.restored_elsewhere IS NULL AND d.restored_elsewhere_on IS NOT NULL THEN TRUE
       ELSE d.restored_elsewhere END AS restored_elsewhere,
  d.restored_elsewhere_on, d.owner, b.has_backup, a.backup_apart,
  CASE WHEN b.has_backup THEN a.other WHEN b.has_backup = FALSE THEN FALSE END
    AS backup_other_group,
  a.ok AS backup_other_group__verified, {is_columns}
FROM {v}._data_set d
LEFT JOIN {v}._class x ON x.data_set = d.data_set
LEFT JOIN backups b ON b.data_set = d.data_set
LEFT JOIN parted a ON a.data_set = d.data_set
