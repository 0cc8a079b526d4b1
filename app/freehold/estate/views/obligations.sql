-- Laws of the countries of a data set's subjects on a class it has. Where its subjects or classes
-- are not told, or no law binds, the data set appears with law NULL and binds NULL or FALSE.
WITH set_members AS (
  SELECT code, country_iso2 AS country FROM {c}.country_sets
  WHERE coalesce(valid_from, {as_of}) <= {as_of} AND coalesce(valid_to, {as_of}) >= {as_of}
),
placed AS (
  SELECT b.*, p.placement, p.country, p.country__verified,
    p.is_eea, p.is_eea__verified, p.is_eu, p.is_eu__verified, p.role, p.provider, p.region,
    p.approval_ref, p.transfer_instrument, p.parent_country, p.parent_country__verified,
    p.key_custody, p.tia_done, p.approval_valid_to, p.transfer_since, p.filing_made, p.filed_on,
    p.conditions_met, p.retention_hours, p.contract
  FROM {v}.placements p {only:p.placement}
  JOIN {v}._bound b ON b.data_set = p.data_set AND (b.law IS NOT NULL OR b.binds IS NULL)
  UNION ALL BY NAME
  SELECT b.* FROM {v}._bound b {only:b.data_set}
  LEFT JOIN (SELECT DISTINCT data_set FROM {v}.placements) p ON p.data_set = b.data_set
  WHERE p.data_set IS NULL OR (b.law IS NULL AND b.binds IS NOT NULL)
),
judged AS (
  SELECT p.*, CASE WHEN p.law IS NULL OR p.country IS NULL THEN NULL
    WHEN p.country_set IS NULL THEN p.country = p.law_country
    ELSE m.country IS NOT NULL END AS inside
  FROM placed p LEFT JOIN set_members m ON m.code = p.country_set AND m.country = p.country
),
own AS (
  SELECT max(sector) AS sector FROM {e}.organisation
),
seats AS (
  SELECT list(DISTINCT country) FILTER (country IS NOT NULL) AS countries,
    count(*) = count(country) AS told
  FROM (SELECT country_iso2 AS country FROM {e}.organisation
    UNION ALL SELECT country_iso2 FROM {e}.legal_entities)
)
SELECT concat_ws('/', p.data_set, coalesce(p.law, 'none'), coalesce(p.law_country, p.country_set, '-'),
    coalesce(p.data_class, '-'), p.placement) AS obligation,
  p.data_set, p.placement, p.law, p.law IS NOT NULL AS law_told, p.law_country, p.data_class,
  p.requirement, p.verified AS requirement__verified, p.in_force,
  p.verified AS in_force__verified, p.binds, p.country, p.country__verified, p.is_eea,
  p.is_eea__verified, p.is_eu, p.is_eu__verified, a.eu_adequacy AS adequacy,
  coalesce(a.verified, TRUE) AND coalesce(p.country__verified, TRUE) AS adequacy__verified,
  NOT p.inside AS abroad,
  coalesce(p.country__verified, TRUE) AS abroad__verified,
  c.copy_in_country, c.copy_ok AS copy_in_country__verified, p.role, p.provider, p.region,
  p.approval_ref,
  p.approval_ref IS NOT NULL AS has_approval, p.transfer_instrument, p.law_valid_from,
  p.verified AS law_valid_from__verified, p.parent_country, p.parent_country__verified,
  p.key_custody, d.classification, d.subject_count, u.subdivision,
  CASE WHEN list_contains(s.countries, p.law_country) THEN TRUE
       WHEN p.law_country IS NOT NULL AND s.told AND s.countries IS NOT NULL THEN FALSE END
    AS entity_in_country,
  g.sector, a.uk_adequacy,
  coalesce(a.verified, TRUE) AND coalesce(p.country__verified, TRUE) AS uk_adequacy__verified,
  c.backup_in_country, c.backup_ok AS backup_in_country__verified, p.tia_done,
  t.processing_agreement, t.audit_rights,
  p.approval_valid_to, p.transfer_since, p.filing_made, p.filed_on, p.conditions_met,
  p.retention_hours, {is_columns}
FROM judged p
LEFT JOIN {v}._copies c ON c.data_set = p.data_set AND c.law = p.law AND c.data_class = p.data_class
  AND c.law_country IS NOT DISTINCT FROM p.law_country
LEFT JOIN {c}.adequacy a ON a.country_iso2 = p.country
LEFT JOIN {v}._data_set d ON d.data_set = p.data_set
LEFT JOIN {v}._class x ON x.data_set = p.data_set
LEFT JOIN {e}.data_set_subjects u
  ON u.data_set_id = p.data_set AND u.country_iso2 = p.law_country
LEFT JOIN {e}.contracts t ON t.contract_id = p.contract
CROSS JOIN own g
CROSS JOIN seats s
