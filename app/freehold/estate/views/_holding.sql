-- Holdings of each provider looked through its parent: where holders of the parent are known
-- (level 2), they stand in the parent's place, each with its part of the parent's holding.
WITH held AS (
  SELECT provider_id AS provider, holder, level, holder_country_iso2 AS country, capital_pct,
    veto, board_majority, verified,
    row_number() OVER (PARTITION BY provider_id, level ORDER BY capital_pct DESC NULLS LAST, holder)
      = 1 AS is_largest,
    bool_or(level = 2) OVER (PARTITION BY provider_id) AS has_second
  FROM {c}.provider_owners
),
leaves AS (
  SELECT provider, country, capital_pct, veto, board_majority, verified
  FROM held WHERE level = 1 AND NOT (is_largest AND has_second)
  UNION ALL
  SELECT h.provider, h.country, h.capital_pct * p.capital_pct / 100,
    CASE WHEN p.veto IS NULL AND h.veto = FALSE THEN FALSE ELSE h.veto AND p.veto END,
    h.board_majority AND p.board_majority, h.verified AND p.verified
  FROM held h JOIN held p ON p.provider = h.provider AND p.level = 1 AND p.is_largest
  WHERE h.level = 2
)
SELECT l.*, k.is_eu FROM leaves l LEFT JOIN {v}._country k ON k.country = l.country
