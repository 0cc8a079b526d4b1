SELECT m.commitment_id AS commitment, m.provider_id AS provider, v.provider_group,
  v.ok AS provider_group__verified, m.contract_id AS contract, m.kind, m.start_date, m.end_date,
  CAST(CAST(m.value AS DECIMAL(38, 4)) * x.usd AS DECIMAL(18, 4)) AS value_usd
FROM {e}.commitments m
LEFT JOIN {v}._provider v ON v.provider = m.provider_id
LEFT JOIN {v}._fx x ON x.currency = upper(m.currency)
