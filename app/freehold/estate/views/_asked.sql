-- Certification families asked of each service, else by the organisation's regimes, as in
-- `secnumcloud;ens:3` (a level may follow the family). The row without a service is the
-- organisation's own. NULL where neither has said anything.
WITH told AS (
  SELECT max(lower(replace(regimes, ' ', ''))) AS regimes FROM {e}.organisation
),
asked AS (
  SELECT s.service_id AS service,
    string_split(coalesce(lower(replace(s.required_schemes, ' ', '')), t.regimes), ';') AS words
  FROM {e}.services s CROSS JOIN told t
  UNION ALL
  SELECT NULL, string_split(regimes, ';') FROM told
),
parted AS (
  SELECT service, words, list_transform(words, lambda w: split_part(w, ':', 1)) AS families
  FROM asked
)
SELECT service, words, families, {asks_told} FROM parted
