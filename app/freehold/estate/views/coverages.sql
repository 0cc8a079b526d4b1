-- Each use (service, provider, region) against each family of certification. A certificate counts
-- from the day its status was read where no date is told (the snapshot's facts speak up to its
-- day); what a provider merely claims, and a scope that is only prose, decide nothing. What the
-- organisation has read itself stands beside the catalogue's; of that the end must be told. Own
-- hardware is nobody's supply and left out.
WITH placed AS (
  SELECT service, provider, region, fh_any(critical) AS critical, count(*) AS placement_count
  FROM {v}.placements WHERE provider IS NOT NULL AND available GROUP BY service, provider, region
),
recorded AS (
  SELECT service, provider, region, fh_any({health}) AS holds_health,
    fh_any({personal}) AS holds_personal, fh_any({government}) AS holds_government
  FROM {v}.placements WHERE provider IS NOT NULL AND available AND data_set IS NOT NULL
  GROUP BY service, provider, region
),
used AS (
  SELECT p.*, r.holds_health, r.holds_personal, r.holds_government
  FROM placed p LEFT JOIN recorded r ON r.service IS NOT DISTINCT FROM p.service
    AND r.provider = p.provider AND r.region IS NOT DISTINCT FROM p.region
  UNION ALL
  SELECT s.service, s.provider, NULL, s.critical, 0, NULL, NULL, NULL
  FROM {v}.services s ANTI JOIN placed p ON p.service = s.service
),
uses AS (
  SELECT u.* FROM used u LEFT JOIN {v}._provider w ON w.provider = u.provider
  WHERE NOT coalesce(w.is_own, FALSE)
),
held AS (
  SELECT c.provider_id AS provider, c.scheme, c.scope, c.status, c.valid_from, c.valid_to,
    CASE c.status WHEN 'attested_type2' THEN 2 END AS attestation_type, NULL AS told_level,
    coalesce(c.status LIKE 'claimed%', FALSE) AS claimed,
    c.verified AND coalesce(z.verified, TRUE) AS ok,
    CASE WHEN c.status IN ('in_progress', 'not_eligible', 'withdrawn') THEN FALSE
         WHEN c.valid_from > {as_of} OR c.valid_to < {as_of} THEN FALSE
         WHEN c.status IN ('claimed_by_provider', 'claimed_by_source', 'to_check')
           OR c.status LIKE 'SEAL%' THEN NULL
         WHEN c.valid_from <= {as_of} THEN TRUE
         WHEN TRY_CAST(c.as_of || substr('0000-01-01', length(c.as_of) + 1) AS DATE)
           <= {known_at} THEN TRUE
    END AS valid,
    z.scope_kind = 'whole_offer' AS whole, z.scope_kind = 'named' AS is_named, z.service AS named,
    z.region_id, CAST(NULL AS VARCHAR) AS own_service, CAST(NULL AS BOOLEAN) AS all_services,
    CAST(NULL AS BOOLEAN) AS all_regions
  FROM {c}.certifications c
  LEFT JOIN {c}.certification_scopes z ON z.provider_id = c.provider_id AND z.scheme = c.scheme
    AND z.scope IS NOT DISTINCT FROM c.scope
  WHERE c.status <> 'not_in_force'  -- the scheme's note, not a certificate
  UNION ALL
  SELECT provider_id, scheme, 'own: ' || certificate_id, status, valid_from, valid_to,
    attestation_type, level, FALSE, TRUE,
    CASE WHEN status <> 'held' OR valid_from > {as_of} OR valid_to < {as_of} THEN FALSE
         WHEN status = 'held' AND valid_to IS NOT NULL THEN TRUE END,
    FALSE, FALSE, NULL, region_id, service_id, all_services, all_regions
  FROM {e}.certificates
),
matched AS (
  SELECT u.service, u.provider, u.region, f.family, f.edition, coalesce(h.told_level, f.level)
      AS level, h.* EXCLUDE (provider, told_level),
    CASE WHEN h.whole OR h.all_regions THEN TRUE
         WHEN h.region_id IS NOT NULL THEN h.region_id = u.region END AS region_in_scope,
    CASE WHEN h.whole OR h.all_services THEN TRUE
         WHEN h.own_service IS NOT NULL THEN h.own_service = u.service
         WHEN NOT h.is_named THEN NULL
         WHEN h.named IS NULL THEN TRUE
         WHEN lower(h.named) IN ('iaas', 'paas', 'saas') THEN lower(h.named) = s.model
         WHEN contains(lower(s.offer), lower(h.named))
           OR lower(s.catalogue_service) = lower(h.named) THEN TRUE
    END AS service_in_scope
  FROM uses u
  JOIN held h ON h.provider = u.provider
  JOIN {c}.certification_schemes f ON f.scheme = h.scheme
  LEFT JOIN {v}.services s ON s.service = u.service
),
decided AS (
  SELECT *, valid AND region_in_scope AND service_in_scope AS covers FROM matched
),
best AS (
  SELECT service, provider, region, family, fh_any(covers) AS covered,
    bool_or(covers AND ok) IS TRUE OR (fh_any(covers) = FALSE AND bool_and(ok)) AS covered_ok,
    bool_or(claimed) AS claimed,
    arg_min({{'scheme': scheme, 'edition': edition, 'level': level, 'status': status,
      'valid_from': valid_from, 'valid_to': valid_to, 'scope': scope, 'ok': ok,
      'valid': valid, 'attestation_type': attestation_type,
      'region_in_scope': region_in_scope, 'service_in_scope': service_in_scope}},
      (CASE WHEN covers THEN 0 WHEN covers IS NULL THEN 1 ELSE 2 END, NOT ok,
       -coalesce(level, 0), -coalesce(TRY_CAST(edition AS DOUBLE), 0), scope, named)) AS c
  FROM decided GROUP BY service, provider, region, family
)
SELECT coalesce(u.service, '-') || '/' || coalesce(u.provider, '-') || '/' || coalesce(u.region, '-') || '/'
    || f.family AS coverage,
  u.service, u.provider, v.name AS provider_name, u.region, g.country_iso2 AS country,
  g.verified AS country__verified, k.is_eea, k.is_eu,
  coalesce(g.verified AND k.verified, TRUE) AS is_eea__verified,
  coalesce(g.verified AND k.verified, TRUE) AS is_eu__verified, g.availability_zones,
  g.verified AS availability_zones__verified, s.model, f.family AS scheme_family,
  list_contains(q.families, f.family) AS asked,
  list_max(list_transform(list_filter(q.words, lambda w: split_part(w, ':', 1) = f.family),
    lambda w: TRY_CAST(nullif(split_part(w, ':', 2), '') AS INTEGER))) AS asked_level, b.covered,
  coalesce(b.covered_ok, TRUE) AS covered__verified, coalesce(b.claimed, FALSE) AS claimed,
  b.c.scheme AS scheme, b.c.ok AS scheme__verified, b.c.edition AS edition,
  b.c.ok AS edition__verified, b.c.level AS level, b.c.ok AS level__verified,
  b.c.status AS status, b.c.ok AS status__verified,
  b.c.attestation_type AS attestation_type,
  b.c.ok AS attestation_type__verified, b.c.scope AS scope, b.c.ok AS scope__verified,
  b.c.valid AS valid, b.c.ok AS valid__verified,
  b.c.region_in_scope AS region_in_scope, b.c.ok AS region_in_scope__verified,
  b.c.service_in_scope AS service_in_scope, b.c.ok AS service_in_scope__verified,
  b.c.valid_from AS valid_from, b.c.ok AS valid_from__verified,
  b.c.valid_to AS valid_to, b.c.ok AS valid_to__verified,
  u.holds_health, u.holds_personal, u.holds_government, u.critical, s.required_seal,
  u.placement_count, v.is_eea AS provider_is_eea, v.ok AS provider_is_eea__verified,
  v.parent_is_eea, v.parent_ok AS parent_is_eea__verified, p.foreign_request_policy,
  p.autonomy_days, p.key_custody, o.country AS organisation_country, o.sector, o.public_body
FROM uses u
CROSS JOIN (SELECT DISTINCT family FROM {c}.certification_schemes) f
LEFT JOIN best b ON b.service IS NOT DISTINCT FROM u.service AND b.provider = u.provider
  AND b.region IS NOT DISTINCT FROM u.region AND b.family = f.family
LEFT JOIN {v}.services s ON s.service = u.service
LEFT JOIN {v}.service_profiles p ON p.service = u.service
LEFT JOIN {v}._asked q ON q.service IS NOT DISTINCT FROM u.service
LEFT JOIN {v}._provider v ON v.provider = u.provider
LEFT JOIN {c}.regions g ON g.provider_id = u.provider AND g.region_id = u.region
LEFT JOIN {v}._country k ON k.country = g.country_iso2
LEFT JOIN (SELECT max(country) AS country, max(sector) AS sector, bool_or(public_body)
  AS public_body FROM {v}.organisation) o ON TRUE
