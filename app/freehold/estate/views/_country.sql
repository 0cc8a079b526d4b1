-- Membership at the as-of date; dates of accession and leaving win over the flag of the row.
WITH dated AS (
  SELECT country_iso2 AS country, name, verified,
    CASE WHEN eu_from > {as_of} THEN FALSE
         WHEN eu_to IS NOT NULL THEN {as_of} <= eu_to
         ELSE eu_member END AS is_eu,
    eu_from, eu_to, eea_member
  FROM {c}.countries
)
SELECT country, name, verified, is_eu,
  CASE WHEN eu_from > {as_of} THEN FALSE WHEN eu_to IS NOT NULL THEN is_eu OR eea_member
       ELSE eea_member END AS is_eea
FROM dated
