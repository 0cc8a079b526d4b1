SELECT provider_group, min(parent_country) AS parent_country,
  bool_and(parent_country__verified) AS parent_country__verified,
  CASE WHEN count(DISTINCT parent_country) <= 1 THEN bool_and(parent_is_eea) END AS parent_is_eea,
  bool_and(parent_is_eea__verified) AS parent_is_eea__verified, count(*) AS provider_count,
  fh_any(supports_critical) AS supports_critical, sum(cost_usd) AS cost_usd
FROM {v}.providers WHERE provider_group IS NOT NULL GROUP BY provider_group
