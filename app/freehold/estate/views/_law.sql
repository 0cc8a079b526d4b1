-- Foreign compelled-access laws per provider. Foreign: not of the organisation's own country, nor
-- of the EEA where the organisation sits in the EEA or has told no seat. A law whose dates no
-- source gives is taken as in force if its row was read no later than the catalogue's snapshot.
WITH seat AS (
  SELECT max(o.country_iso2) AS country, coalesce(bool_or(k.is_eea), TRUE) AS is_eea
  FROM {e}.organisation o LEFT JOIN {v}._country k ON k.country = o.country_iso2
),
dated AS (
  SELECT law_id,
    coalesce(valid_from, TRY_CAST(as_of || substr('0000-01-01', length(as_of) + 1) AS DATE))
      AS known_from
  FROM {c}.extraterritorial_laws
)
SELECT x.provider_id AS provider, x.law_id AS law, x.law_name, x.law_country_iso2 AS law_country,
  coalesce(k.is_eea, l.country_set IN ('EU', 'EEA')) AS law_is_eea,
  CASE WHEN x.in_force IS NOT NULL THEN x.in_force
       WHEN x.valid_from > {as_of} OR x.valid_to < {as_of} THEN FALSE
       WHEN d.known_from <= {known_at} THEN TRUE END AS in_force,
  x.verified
FROM {c}.provider_exposures x
LEFT JOIN {c}.extraterritorial_laws l ON l.law_id = x.law_id
LEFT JOIN dated d ON d.law_id = x.law_id
LEFT JOIN {v}._country k ON k.country = x.law_country_iso2
CROSS JOIN seat s
WHERE x.exposure_basis <> 'technology_only'
  AND x.law_country_iso2 IS DISTINCT FROM s.country
  AND NOT (s.is_eea AND coalesce(k.is_eea, l.country_set IN ('EU', 'EEA'), FALSE))
