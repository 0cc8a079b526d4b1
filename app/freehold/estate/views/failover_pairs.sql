-- The primary of a failover: of the same data set, workload or application if there is one, else
-- of the function; processing before storage before the rest, then by key.
WITH placed AS (
  SELECT p.*, v.control_plane_provider, v.links_ok FROM {v}.placements p
  LEFT JOIN {v}._provider v ON v.provider = p.provider WHERE p.function IS NOT NULL
),
pairs AS (
  SELECT f.function, f.placement AS failover_placement, p.placement AS primary_placement
  FROM placed f JOIN placed p ON p.function = f.function
    AND (p.role IS NULL OR p.role IN ('processing', 'storage'))
  WHERE f.role = 'failover'
  QUALIFY row_number() OVER (PARTITION BY f.placement ORDER BY
    coalesce(p.data_set = f.data_set, FALSE) OR coalesce(p.workload = f.workload, FALSE) DESC,
    coalesce(p.application = f.application, FALSE) DESC,
    CASE p.role WHEN 'processing' THEN 0 WHEN 'storage' THEN 1 ELSE 2 END, p.placement) = 1
),
failovers AS (
  SELECT f.function_id AS function, f.critical, o.placement AS failover_placement,
    s.primary_placement
  FROM {e}.functions f
  LEFT JOIN placed o ON o.function = f.function_id AND o.role = 'failover'
  LEFT JOIN pairs s ON s.failover_placement = o.placement
)
SELECT n.function || coalesce('/' || n.failover_placement, '') AS failover_pair, n.function,
  n.critical, n.primary_placement, n.failover_placement, p.provider AS primary_provider,
  f.provider AS failover_provider,
  CASE WHEN p.provider = f.provider THEN TRUE ELSE p.provider_group = f.provider_group END
    AS same_provider_group,
  p.provider = f.provider OR (p.provider_group__verified AND f.provider_group__verified)
    AS same_provider_group__verified,
  CASE WHEN p.provider <> f.provider THEN FALSE ELSE p.provider = f.provider AND
    p.region = f.region END AS same_region,
  p.country = f.country AS same_country,
  p.country__verified AND f.country__verified AS same_country__verified,
  CASE WHEN p.provider = f.provider THEN TRUE
       WHEN p.control_plane_provider IS NOT NULL AND f.control_plane_provider IS NOT NULL
       THEN p.control_plane_provider = f.control_plane_provider
       WHEN p.control_plane_provider = f.provider OR f.control_plane_provider = p.provider
       THEN TRUE
       WHEN p.control_plane_country <> f.control_plane_country THEN FALSE END
    AS same_control_plane,
  p.provider = f.provider OR (coalesce(p.links_ok, TRUE) AND coalesce(f.links_ok, TRUE)
    AND p.control_plane_country__verified AND f.control_plane_country__verified)
    AS same_control_plane__verified,
  f.country AS failover_country, f.country__verified AS failover_country__verified,
  f.is_eea AS failover_is_eea, f.is_eea__verified AS failover_is_eea__verified,
  p.is_eea AS primary_is_eea, p.is_eea__verified AS primary_is_eea__verified
FROM failovers n
LEFT JOIN placed p ON p.placement = n.primary_placement
LEFT JOIN placed f ON f.placement = n.failover_placement
