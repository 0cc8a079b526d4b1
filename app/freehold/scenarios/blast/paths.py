"""Who each placement rests on and by which path: the edges of the estate's dependence graph.

Every edge is one row (dimension, member, placement, path, stops): without the member the placement
`stops`, or (FALSE) goes on for now without replacement, repair or new versions.
"""

from freehold.estate.sql import quoted

_ALL = """
      SELECT placement, resource, data_set, workload, role, provider, region, country, service,
        application, function, critical, environment, key, contract, available
      FROM {v}.placements
      UNION ALL
      SELECT 'workload:' || w.workload, NULL, NULL, w.workload, 'processing', w.provider, w.region,
        w.country, NULL, w.application, w.function, w.critical, a.environment, NULL, NULL,
        w.available
      FROM {v}.workloads w LEFT JOIN {v}.applications a ON a.application = w.application
      ANTI JOIN {v}.placements p ON p.workload = w.workload"""
"""Placements, and workloads that have none of their own, which count as processing."""

PLACED = f"""
    placed AS (SELECT * EXCLUDE (available) FROM ({_ALL}) WHERE available)"""
"""What runs now, and where."""

EDGES = """
    -- A maker of technology or infrastructure need not be in use itself.
    companies AS (
      SELECT provider, provider_group, parent_country, control_plane_country,
        control_plane_provider, technology_provider FROM {v}.providers
      UNION ALL
      SELECT f.provider_id, f.ultimate_parent, f.parent_country, f.control_plane_country, NULL, NULL
      FROM {c}.providers f ANTI JOIN {v}.providers v ON v.provider = f.provider_id
    ),
    parties AS (
      SELECT placement, provider AS party, 'hosting' AS path, TRUE AS stops FROM placed
      UNION ALL
      SELECT p.placement, r.host_provider, 'infrastructure', TRUE
      FROM placed p JOIN {v}.resources r ON r.resource = p.resource
      WHERE r.host_provider <> p.provider
      UNION ALL
      SELECT p.placement, v.control_plane_provider, 'control plane', TRUE
      FROM placed p JOIN companies v ON v.provider = p.provider
      WHERE v.control_plane_provider <> p.provider
      UNION ALL
      SELECT p.placement, v.technology_provider, 'technology', FALSE
      FROM placed p JOIN companies v ON v.provider = p.provider
      WHERE v.technology_provider <> p.provider
      UNION ALL
      SELECT p.placement, y.provider, 'key', TRUE
      FROM placed p JOIN {v}.keys y ON y.key = p.key
      WHERE y.provider IS DISTINCT FROM p.provider
      UNION ALL
      SELECT p.placement, i.identity_provider, 'identity', NOT coalesce(i.emergency_access, FALSE)
      FROM placed p JOIN {v}.service_profiles i ON i.service = p.service
      WHERE i.identity_provider IS DISTINCT FROM p.provider
      UNION ALL
      SELECT p.placement, s.provider, 'sub-contractor',
        coalesce(s.technical_access, FALSE) AND coalesce(s.alternative_count, 0) = 0
      FROM placed p JOIN {v}.subcontractors s
        ON s.service = p.service OR (s.service IS NULL AND s.contract = p.contract)
      WHERE s.provider <> p.provider
    ),
    named AS (
      SELECT y.placement, y.party, y.path, y.stops, v.provider_group, v.parent_country
      FROM parties y LEFT JOIN companies v ON v.provider = y.party
      WHERE y.party IS NOT NULL
    ),
    tools AS (
      SELECT p.placement, i.orchestration_tool AS tool, 'orchestration' AS path,
        i.orchestration_self_hostable AS self_hostable
      FROM placed p JOIN {v}.service_profiles i ON i.service = p.service
      UNION ALL
      SELECT p.placement, w.engine, 'engine', w.engine_self_hostable
      FROM placed p JOIN {v}.workloads w ON w.workload = p.workload
    ),
    chips AS (
      SELECT p.placement, r.accelerator AS chip
      FROM placed p JOIN {v}.resources r ON r.resource = p.resource
      UNION ALL
      SELECT p.placement, w.accelerator
      FROM placed p JOIN {v}.workloads w ON w.workload = p.workload
    ),
    planes AS (
      SELECT p.placement, coalesce(i.control_plane_country, v.control_plane_country) AS country
      FROM placed p
      LEFT JOIN {v}.service_profiles i ON i.service = p.service
      LEFT JOIN companies v ON v.provider = p.provider
    ),
    every AS (
      SELECT 'provider' AS dimension, party AS member, placement, path, stops FROM named
      UNION ALL
      SELECT 'provider_group', provider_group, placement, path, stops FROM named
      UNION ALL
      SELECT 'parent_country', parent_country, placement, path, stops FROM named
      UNION ALL
      SELECT 'jurisdiction', country, placement, 'location', TRUE FROM placed
      UNION ALL
      SELECT 'jurisdiction', parent_country, placement, path || ' by its parent', stops FROM named
      UNION ALL
      SELECT 'jurisdiction', country, placement, 'control plane', TRUE FROM planes
      UNION ALL
      SELECT 'jurisdiction', y.country, p.placement, 'key', TRUE
      FROM placed p JOIN {v}.keys y ON y.key = p.key
      UNION ALL
      SELECT 'control_plane_country', country, placement, 'control plane', TRUE FROM planes
      UNION ALL
      SELECT 'region', provider || '/' || region, placement, 'hosting', TRUE FROM placed
      UNION ALL
      SELECT 'contract', contract, placement, 'contract', TRUE FROM placed
      UNION ALL
      SELECT 'service', service, placement, 'service', TRUE FROM placed
      UNION ALL
      SELECT 'key', key, placement, 'key', TRUE FROM placed
      UNION ALL
      SELECT 'orchestration_tool', tool, placement, path, self_hostable IS NOT DISTINCT FROM FALSE
      FROM tools
      UNION ALL
      SELECT 'chip_vendor', a.vendor, c.placement, 'chip', FALSE
      FROM chips c JOIN {c}.accelerators a ON a.accelerator_id = c.chip
      UNION ALL
      SELECT 'chip_fab_country', a.fab_country, c.placement, 'chip', FALSE
      FROM chips c JOIN {c}.accelerators a ON a.accelerator_id = c.chip
      UNION ALL
      SELECT 'model_developer', w.model_developer, p.placement, 'model', w.model_source = 'api'
      FROM placed p JOIN {v}.workloads w ON w.workload = p.workload
      UNION ALL
      SELECT 'model', w.model, p.placement, 'model', w.model_source = 'api'
      FROM placed p JOIN {v}.workloads w ON w.workload = p.workload
    )"""
"""All edges; reads `placed`."""

UNAVAILABLE = f"""
    placed AS ({_ALL}),
    dead AS (
      SELECT p.placement, TRUE AS stops, CASE WHEN NOT p.available THEN 'out of reach'
        ELSE 'key' END AS paths
      FROM placed p LEFT JOIN {{v}}.keys y ON y.key = p.key
      WHERE NOT p.available OR NOT coalesce(y.available, TRUE)
    )"""
"""What a scenario has taken away, as if one node had taken it with it."""


def filled(text: str, views: str, catalogue: str) -> str:
    """Return the SQL with the schemas' names put in."""
    return text.format(v=quoted(views), c=quoted(catalogue))
