-- Published holdings are rounded, so a gap below 0.1 percent counts as none.
WITH summed AS (
  SELECT provider, bool_and(verified) AS ok,
    sum(CAST(capital_pct AS DECIMAL(18, 6))) FILTER (is_eu IS NOT NULL) AS decided,
    sum(CAST(capital_pct AS DECIMAL(18, 6))) FILTER (is_eu = FALSE) AS non_eu,
    max(capital_pct) FILTER (is_eu = FALSE) AS largest,
    fh_any(veto AND NOT is_eu) AS veto, fh_any(board_majority AND NOT is_eu) AS board_majority,
    count(*) FILTER (is_eu = FALSE AND capital_pct IS NULL) AS unsized
  FROM {v}._holding GROUP BY provider
),
gaps AS (
  SELECT *, CASE WHEN coalesce(decided, 0) > 99.9 AND unsized = 0 THEN 0
    ELSE greatest(100 - coalesce(decided, 0), 0) END AS gap FROM summed
)
SELECT u.provider, u.provider_group, u.provider_group__verified,
  CASE WHEN g.decided IS NOT NULL THEN least(coalesce(g.non_eu, 0), 100) END AS non_eu_sum,
  g.ok AS non_eu_sum__verified,
  CASE WHEN g.decided IS NOT NULL THEN coalesce(g.largest, 0) END AS largest_non_eu,
  g.ok AS largest_non_eu__verified, g.veto AS non_eu_veto, g.ok AS non_eu_veto__verified,
  g.board_majority AS non_eu_board_majority, g.ok AS non_eu_board_majority__verified,
  CASE WHEN g.gap = 0 THEN FALSE END AS undecided, coalesce(g.gap, 100) AS undecided_sum,
  u.supports_critical, s.required_seal, {asks}
FROM {v}.providers u
LEFT JOIN gaps g ON g.provider = u.provider
LEFT JOIN {v}._use s ON s.provider = u.provider
LEFT JOIN {v}._asked_provider q ON q.provider = u.provider
