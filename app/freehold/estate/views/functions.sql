WITH used AS (
  SELECT function,
    count(DISTINCT provider || '/' || region) FILTER (role IS DISTINCT FROM 'failover'
      AND coalesce(environment, 'production') = 'production') AS sites,
    count(*) FILTER (region IS NULL AND role IS DISTINCT FROM 'failover'
      AND coalesce(environment, 'production') = 'production') AS sites_unknown,
    count(DISTINCT provider_group) AS groups, count(*) FILTER (provider_group IS NULL)
      AS groups_unknown,
    CASE WHEN bool_or(role = 'failover') THEN TRUE
         WHEN bool_or(explicit) AND count(*) = count(*) FILTER (role IS NOT NULL OR NOT explicit)
         THEN FALSE END AS has_failover
  FROM {v}.placements WHERE function IS NOT NULL AND available GROUP BY function
)
SELECT f.function_id AS function, f.name, f.entity_id AS legal_entity, f.critical,
  f.licensed_activity, f.rto_hours, f.rpo_hours, f.owner,
  f.discontinuation_impact, f.assessed_on,
  (SELECT bool_or(under_dora) FROM {v}.organisation) AS under_dora,
  CASE WHEN u.sites_unknown = 0 OR u.sites >= 2 THEN u.sites END AS site_count,
  CASE WHEN u.groups_unknown = 0 OR u.groups >= 2 THEN u.groups END AS provider_group_count,
  u.has_failover
FROM {e}.functions f LEFT JOIN used u ON u.function = f.function_id
