-- Laws of the countries of a data set's subjects on a class it has. Where its subjects or classes
-- are not told, or no law binds, the data set appears with law NULL and binds NULL or FALSE.
WITH set_members AS (
  SELECT code, country_iso2 AS country FROM {c}.country_sets
  WHERE coalesce(valid_from, {as_of}) <= {as_of} AND coalesce(valid_to, {as_of}) >= {as_of}
),
laws AS (
  SELECT law, data_class, country_set, requirement, verified, valid_from AS law_valid_from,
    CASE WHEN country_set IS NULL THEN min(country_iso2) END AS law_country,
    CASE WHEN in_force IS NOT NULL THEN in_force
         WHEN valid_from > {as_of} OR valid_to < {as_of} THEN FALSE
         WHEN known_from <= {known_at} THEN TRUE END AS in_force,
    list(DISTINCT country_iso2) AS countries
  FROM {c}.residency_law_countries
  GROUP BY law, data_class, country_set, requirement, verified, in_force, valid_from, valid_to,
    known_from, CASE WHEN country_set IS NULL THEN country_iso2 END
),
subjects AS (
  SELECT data_set_id AS data_set, list(DISTINCT country_iso2) AS countries
  FROM {e}.data_set_subjects GROUP BY data_set_id
),
matched AS (
  SELECT d.data_set, l.*, CASE WHEN x.data_set IS NOT NULL THEN TRUE END AS binds
  FROM subjects s
  JOIN {v}._data_set d ON d.data_set = s.data_set
  JOIN laws l ON list_has_any(l.countries, s.countries)
  LEFT JOIN {v}._class x ON x.data_set = d.data_set
  WHERE x.data_set IS NULL OR list_contains(x.classes, l.data_class)
),
bound AS (
  SELECT data_set, law, data_class, country_set, law_country, requirement, verified, in_force,
    law_valid_from, binds FROM matched
  UNION ALL
  SELECT d.data_set, NULL, NULL, NULL, NULL, NULL, TRUE, NULL, NULL,
    CASE WHEN d.subjects_told AND x.data_set IS NOT NULL THEN FALSE END
  FROM {v}._data_set d
  LEFT JOIN {v}._class x ON x.data_set = d.data_set
  ANTI JOIN matched m ON m.data_set = d.data_set
),
placed AS (
  SELECT b.*, p.placement, p.country, p.country__verified,
    p.is_eea, p.is_eea__verified, p.is_eu, p.is_eu__verified, p.role, p.provider, p.region,
    p.approval_ref, p.transfer_instrument, p.parent_country, p.parent_country__verified,
    p.key_custody, p.tia_done, p.approval_valid_to, p.transfer_since, p.filing_made, p.filed_on,
    p.conditions_met, p.retention_hours, p.contract,
    CASE WHEN b.law IS NULL OR p.country IS NULL THEN NULL
         WHEN b.country_set IS NULL THEN p.country = b.law_country
         ELSE m.country IS NOT NULL END AS inside
  FROM bound b
  LEFT JOIN {v}.placements p
    ON p.data_set = b.data_set AND (b.law IS NOT NULL OR b.binds IS NULL)
  LEFT JOIN set_members m ON m.code = b.country_set AND m.country = p.country
),
copies AS (
  SELECT data_set, law, data_class, law_country,
    CASE WHEN bool_or(role = 'storage') THEN fh_any(role = 'storage' AND inside) END
      AS copy_in_country,
    bool_and(coalesce(country__verified, TRUE)) FILTER (role = 'storage') AS ok,
    fh_any(inside) AS backup_in_country, bool_and(coalesce(country__verified, TRUE)) AS kept_ok
  FROM placed WHERE law IS NOT NULL AND role IN ('storage', 'backup', 'failover')
  GROUP BY data_set, law, data_class, law_country
),
own AS (
  SELECT max(sector) AS sector FROM {e}.organisation
),
seats AS (
  SELECT list(DISTINCT country) FILTER (country IS NOT NULL) AS countries,
    count(*) = count(country) AS told
  FROM (SELECT country_iso2 AS country FROM {e}.organisation
    UNION ALL SELECT country_iso2 FROM {e}.legal_entities)
),
open_roles AS (
  SELECT DISTINCT data_set FROM {v}.placements WHERE data_set IS NOT NULL AND role IS NULL
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
  CASE WHEN c.copy_in_country THEN TRUE WHEN o.data_set IS NOT NULL THEN NULL
       ELSE c.copy_in_country END AS copy_in_country,
  c.ok AS copy_in_country__verified, p.role, p.provider, p.region, p.approval_ref,
  p.approval_ref IS NOT NULL AS has_approval, p.transfer_instrument, p.law_valid_from,
  p.verified AS law_valid_from__verified, p.parent_country, p.parent_country__verified,
  p.key_custody, d.classification, d.subject_count, u.subdivision,
  CASE WHEN list_contains(s.countries, p.law_country) THEN TRUE
       WHEN p.law_country IS NOT NULL AND s.told AND s.countries IS NOT NULL THEN FALSE END
    AS entity_in_country,
  g.sector, a.uk_adequacy,
  coalesce(a.verified, TRUE) AND coalesce(p.country__verified, TRUE) AS uk_adequacy__verified,
  CASE WHEN c.backup_in_country THEN TRUE WHEN o.data_set IS NOT NULL THEN NULL
       ELSE c.backup_in_country END AS backup_in_country,
  c.kept_ok AS backup_in_country__verified, p.tia_done, t.processing_agreement, t.audit_rights,
  p.approval_valid_to, p.transfer_since, p.filing_made, p.filed_on, p.conditions_met,
  p.retention_hours, {is_columns}
FROM placed p
LEFT JOIN copies c ON c.data_set = p.data_set AND c.law = p.law AND c.data_class = p.data_class
  AND c.law_country IS NOT DISTINCT FROM p.law_country
LEFT JOIN {c}.adequacy a ON a.country_iso2 = p.country
LEFT JOIN open_roles o ON o.data_set = p.data_set
LEFT JOIN {v}._data_set d ON d.data_set = p.data_set
LEFT JOIN {v}._class x ON x.data_set = p.data_set
LEFT JOIN {e}.data_set_subjects u
  ON u.data_set_id = p.data_set AND u.country_iso2 = p.law_country
LEFT JOIN {e}.contracts t ON t.contract_id = p.contract
CROSS JOIN own g
CROSS JOIN seats s
