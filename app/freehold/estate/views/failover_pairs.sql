-- The primary of a failover: of the same data set, workload or application if there is one, else
-- of the function; processing before storage before the rest, then by key.
WITH placed AS (
  SELECT p.placement, p.function, p.role, p.data_set, p.workload, p.application, p.provider,
    p.provider_group, p.provider_group__verified, p.region, p.country, p.country__verified,
    p.is_eea, p.is_eea__verified, p.control_plane_country, p.control_plane_country__verified,
    v.control_plane_provider, v.links_ok,
    CASE WHEN NOT v.many_hosts THEN coalesce(v.host_provider, p.provider) END AS host,
    coalesce(v.technology_provider, p.provider) AS technology, y.provider AS key_provider, z.is_own AS own_key
  FROM {v}.placements p
  LEFT JOIN {v}._provider v ON v.provider = p.provider
  LEFT JOIN {v}.keys y ON y.key = p.key
  LEFT JOIN {v}._provider z ON z.provider = y.provider WHERE p.function IS NOT NULL
),
-- Ordered by a text, role before key, so that the first of each group is one minimum.
primaries AS (
  SELECT function, data_set, workload, application,
    CASE role WHEN 'processing' THEN '0' WHEN 'storage' THEN '1' ELSE '2' END || placement AS place
  FROM placed WHERE role IS NULL OR role IN ('processing', 'storage')
),
by_data_set AS (
  SELECT function, data_set, min(place) AS place FROM primaries
  WHERE data_set IS NOT NULL GROUP BY function, data_set
),
by_workload AS (
  SELECT function, workload, min(place) AS place FROM primaries
  WHERE workload IS NOT NULL GROUP BY function, workload
),
by_application AS (
  SELECT function, application, min(place) AS place FROM primaries
  WHERE application IS NOT NULL GROUP BY function, application
),
by_function AS (SELECT function, min(place) AS place FROM primaries GROUP BY function),
pairs AS (
  SELECT f.placement AS failover_placement,
    substr(coalesce(d.place, w.place, a.place, n.place), 2) AS primary_placement
  FROM placed f
  LEFT JOIN by_data_set d ON d.function = f.function AND d.data_set = f.data_set
  LEFT JOIN by_workload w ON w.function = f.function AND w.workload = f.workload
  LEFT JOIN by_application a ON a.function = f.function AND a.application = f.application
  LEFT JOIN by_function n ON n.function = f.function
  WHERE f.role = 'failover'
),
failovers AS (
  SELECT f.function_id AS function, f.critical, o.placement AS failover_placement,
    s.primary_placement
  FROM {e}.functions f
  LEFT JOIN placed o ON o.function = f.function_id AND o.role = 'failover'
  LEFT JOIN pairs s ON s.failover_placement = o.placement
)
SELECT n.function || coalesce('/' || n.failover_placement, '') AS failover_pair, n.function,
  n.critical, n.primary_placement, n.failover_placement,
  CASE WHEN n.failover_placement IS NOT NULL THEN TRUE ELSE u.has_failover END AS has_failover, p.provider AS primary_provider,
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
  CASE WHEN p.provider = f.provider THEN TRUE ELSE p.host = f.host END AS same_host,
  p.provider = f.provider OR (coalesce(p.links_ok, TRUE) AND coalesce(f.links_ok, TRUE))
    AS same_host__verified,
  p.technology = f.technology AS same_technology,
  p.provider = f.provider OR (coalesce(p.links_ok, TRUE) AND coalesce(f.links_ok, TRUE))
    AS same_technology__verified,
  CASE WHEN f.own_key THEN FALSE ELSE p.key_provider = f.key_provider END AS same_key_provider,
  f.country AS failover_country, f.country__verified AS failover_country__verified,
  f.is_eea AS failover_is_eea, f.is_eea__verified AS failover_is_eea__verified,
  p.is_eea AS primary_is_eea, p.is_eea__verified AS primary_is_eea__verified
FROM failovers n
LEFT JOIN placed p ON p.placement = n.primary_placement
LEFT JOIN placed f ON f.placement = n.failover_placement
LEFT JOIN {v}.functions u ON u.function = n.function
