WITH spent AS (
  SELECT provider, CASE WHEN count(*) = count(cost_usd) THEN sum(cost_usd) END AS cost_usd
  FROM {v}.resources WHERE available AND (status IS NULL OR status = 'active') GROUP BY provider
)
SELECT m.commitment_id AS commitment, m.provider_id AS provider, v.provider_group,
  v.ok AS provider_group__verified, m.contract_id AS contract, m.kind, m.start_date, m.end_date,
  CAST(CAST(m.value AS DECIMAL(38, 4)) * x.usd AS DECIMAL(18, 4)) AS value_usd,
  CASE WHEN m.end_date <= {as_of} THEN 0
       WHEN m.start_date >= {as_of} THEN CAST(m.value AS DOUBLE) * CAST(x.usd AS DOUBLE)
       WHEN m.end_date > m.start_date THEN CAST(m.value AS DOUBLE) * CAST(x.usd AS DOUBLE)
         * (m.end_date - {as_of}) / (m.end_date - m.start_date) END AS remaining_usd,
  s.cost_usd AS provider_cost_usd, t.end_date AS contract_end_date
FROM {e}.commitments m
LEFT JOIN {v}._provider v ON v.provider = m.provider_id
LEFT JOIN {e}.contracts t ON t.contract_id = m.contract_id
LEFT JOIN spent s ON s.provider = m.provider_id
LEFT JOIN {v}._fx x ON x.currency = upper(m.currency)
