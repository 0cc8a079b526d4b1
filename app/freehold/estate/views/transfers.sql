-- Recipients of a data set: its own placements, and placements that a flow carries it to.
WITH flowing AS (
  SELECT DISTINCT data_set, to_placement AS placement FROM {v}.flows
  WHERE data_set IS NOT NULL AND to_placement IS NOT NULL
),
-- A flow to a placement that is not there goes nobody knows where; a data set without a recipient
-- stands alone.
recipients AS (
  SELECT p.data_set AS recipient_of, p.* EXCLUDE (data_set, eea_subjects, critical)
  FROM {v}.placements p {only:p.placement} WHERE p.data_set IS NOT NULL
  UNION ALL
  SELECT f.data_set, p.* EXCLUDE (data_set, eea_subjects, critical)
  FROM flowing f {only:f.placement}
  JOIN {v}.placements p ON p.placement = f.placement
  WHERE p.data_set IS DISTINCT FROM f.data_set
  UNION ALL BY NAME
  SELECT f.data_set AS recipient_of FROM flowing f {only:f.data_set}
  ANTI JOIN {v}.placements p ON p.placement = f.placement
  UNION ALL BY NAME
  SELECT d.data_set AS recipient_of FROM {v}._data_set d {only:d.data_set}
  ANTI JOIN {v}.placements p ON p.data_set = d.data_set
  ANTI JOIN flowing f ON f.data_set = d.data_set
),
joined AS (
  SELECT d.data_set, d.eea_subjects AS about_eea, d.critical AS is_critical,
    p.* EXCLUDE (recipient_of), a.eu_adequacy AS adequacy,
    coalesce(a.verified, TRUE) AS adequacy_ok,
    CASE WHEN p.country IS NULL THEN NULL
         WHEN a.eu_adequacy = 'yes' AND p.country <> 'US' THEN TRUE
         WHEN a.eu_adequacy = 'no' THEN FALSE
         WHEN p.country = 'US' THEN p.dpf_certified ELSE p.adequacy_covered END AS adequate
  FROM recipients p
  JOIN {v}._data_set d ON d.data_set = p.recipient_of
  LEFT JOIN {c}.adequacy a ON a.country_iso2 = p.country
)
SELECT j.data_set || coalesce('/' || j.placement, '') AS transfer, j.data_set, j.placement,
  j.provider, j.provider_name, j.provider_group, j.provider_group__verified, j.parent_country,
  j.parent_country__verified, j.region, j.country, j.country__verified, j.is_eea,
  j.is_eea__verified, j.role, j.adequacy, j.adequacy_ok AND j.country__verified
    AS adequacy__verified,
  j.dpf_certified, j.dpf_certified__verified, j.transfer_instrument,
  CASE WHEN j.country IS NULL OR j.is_eea IS NULL THEN NULL
       WHEN j.is_eea THEN 'eea'
       WHEN j.adequate THEN 'adequate'
       WHEN j.transfer_instrument <> 'none' THEN j.transfer_instrument
       WHEN j.transfer_instrument = 'none' AND j.adequate = FALSE THEN 'none'
  END AS transfer_basis,
  j.is_eea__verified AND (coalesce(j.is_eea, FALSE) OR (j.adequacy_ok
    AND (j.country <> 'US' OR j.adequacy = 'no' OR coalesce(j.dpf_certified__verified, TRUE))))
    AS transfer_basis__verified,
  j.tia_date, j.tia_done, j.key_custody, j.exposed, j.exposed__verified, j.exposed_us, j.exposed_us__verified,
  j.about_eea AS eea_subjects, j.is_critical AS critical, {is_columns}
FROM joined j LEFT JOIN {v}._class x ON x.data_set = j.data_set
