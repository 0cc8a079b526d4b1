-- Whether a copy of a data set lies where a law asks for one; NULL where a place or a role that
-- nobody told could be it.
WITH set_members AS (
  SELECT code, country_iso2 AS country FROM {c}.country_sets
  WHERE coalesce(valid_from, {as_of}) <= {as_of} AND coalesce(valid_to, {as_of}) >= {as_of}
),
placed AS (
  SELECT b.data_set, b.law, b.data_class, b.law_country, p.role, p.country__verified,
    CASE WHEN p.country IS NULL THEN NULL
         WHEN b.country_set IS NULL THEN p.country = b.law_country
         ELSE m.country IS NOT NULL END AS inside
  FROM {v}._bound b
  JOIN {v}.placements p ON p.data_set = b.data_set
  LEFT JOIN set_members m ON m.code = b.country_set AND m.country = p.country
  WHERE b.law IS NOT NULL AND p.role IN ('storage', 'backup', 'failover')
),
copies AS (
  SELECT data_set, law, data_class, law_country,
    CASE WHEN bool_or(role = 'storage') THEN fh_any(role = 'storage' AND inside) END
      AS copy_in_country,
    bool_and(coalesce(country__verified, TRUE)) FILTER (role = 'storage') AS copy_ok,
    fh_any(inside) AS backup_in_country, bool_and(coalesce(country__verified, TRUE)) AS backup_ok
  FROM placed GROUP BY data_set, law, data_class, law_country
),
open_roles AS (
  SELECT DISTINCT data_set FROM {v}.placements WHERE data_set IS NOT NULL AND role IS NULL
)
SELECT c.data_set, c.law, c.data_class, c.law_country,
  CASE WHEN c.copy_in_country THEN TRUE WHEN o.data_set IS NOT NULL THEN NULL
       ELSE c.copy_in_country END AS copy_in_country, c.copy_ok,
  CASE WHEN c.backup_in_country THEN TRUE WHEN o.data_set IS NOT NULL THEN NULL
       ELSE c.backup_in_country END AS backup_in_country, c.backup_ok
FROM copies c LEFT JOIN open_roles o ON o.data_set = c.data_set
