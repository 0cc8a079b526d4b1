WITH totals AS (
  SELECT base, dimension, sum(weight) AS total, bool_or(lacks) OR min(weight) < 0 AS lacks,
    coalesce(sum(weight) FILTER (member IS NULL), 0) AS undecided_weight,
    count(member) AS known FROM {v}._weight GROUP BY base, dimension
),
shared AS (
  SELECT w.base, w.dimension, w.member,
    CASE WHEN NOT t.lacks AND t.total > 0 THEN CAST(CASE WHEN w.member IS NULL THEN 0 ELSE
      CAST(w.weight AS DOUBLE) / CAST(t.total AS DOUBLE) END AS DECIMAL(9, 6)) END AS share,
    CASE WHEN NOT t.lacks AND t.total > 0 THEN
      CAST(CAST(t.undecided_weight AS DOUBLE) / CAST(t.total AS DOUBLE) AS DECIMAL(9, 6)) END
      AS undecided_share, t.undecided_weight
  FROM {v}._weight w JOIN totals t ON t.base = w.base AND t.dimension = w.dimension
  WHERE w.member IS NOT NULL OR t.known = 0
),
squared AS (
  SELECT base, dimension, max(share) AS largest,
    CASE WHEN max(share) IS NOT NULL
      THEN CAST(least(sum(share * share), 1) AS DECIMAL(18, 12)) END AS hhi
  FROM shared GROUP BY base, dimension
)
SELECT s.dimension || '/' || s.base || '/' || coalesce(s.member, '-') AS share_key, s.dimension,
  s.member, s.base, s.share, s.undecided_share,
  CASE WHEN s.undecided_weight = 0 THEN FALSE END AS undecided, q.hhi,
  CASE WHEN s.share IS NOT NULL THEN least(q.hhi - q.largest * q.largest
    + (q.largest + s.undecided_share) * (q.largest + s.undecided_share), 1) END AS hhi_high,
  CASE WHEN s.share IS NOT NULL THEN row_number() OVER (PARTITION BY s.base, s.dimension
    ORDER BY s.share DESC, s.member) = 1 END AS is_largest
FROM shared s JOIN squared q ON q.base = s.base AND q.dimension = s.dimension
