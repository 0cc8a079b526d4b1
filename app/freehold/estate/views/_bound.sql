-- Each data set with the laws that bind it, or may.
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
)
SELECT data_set, law, data_class, country_set, law_country, requirement, verified, in_force,
  law_valid_from, binds FROM matched
UNION ALL
SELECT d.data_set, NULL, NULL, NULL, NULL, NULL, TRUE, NULL, NULL,
  CASE WHEN d.subjects_told AND x.data_set IS NOT NULL THEN FALSE END
FROM {v}._data_set d
LEFT JOIN {v}._class x ON x.data_set = d.data_set
ANTI JOIN matched m ON m.data_set = d.data_set
