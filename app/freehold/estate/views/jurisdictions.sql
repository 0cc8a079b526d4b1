WITH placed AS (
  SELECT country, count(*) AS placement_count FROM {v}.placements GROUP BY country
),
spent AS (SELECT country, sum(cost_usd) AS cost_usd FROM {v}.resources GROUP BY country)
SELECT p.country AS jurisdiction, k.name, k.is_eea, k.verified AS is_eea__verified, k.is_eu,
  k.verified AS is_eu__verified, a.eu_adequacy, a.verified AS eu_adequacy__verified,
  p.placement_count, s.cost_usd
FROM placed p
LEFT JOIN {v}._country k ON k.country = p.country
LEFT JOIN {c}.adequacy a ON a.country_iso2 = p.country
LEFT JOIN spent s ON s.country = p.country
WHERE p.country IS NOT NULL
