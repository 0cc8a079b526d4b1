WITH supply AS (
  SELECT contract_id, count(*) AS parties, bool_and(rank IS NOT NULL) AS ranked
  FROM {e}.subcontractors WHERE contract_id IS NOT NULL GROUP BY contract_id
),
checked AS (
  SELECT contracts.contract_id AS contract, contracts.provider_id AS provider, functions.critical,
    unnest({register}, recursive := TRUE)
  FROM {e}.contracts contracts
  LEFT JOIN {e}.legal_entities legal_entities ON legal_entities.entity_id = contracts.entity_id
  LEFT JOIN {e}.functions functions ON functions.function_id = contracts.function_id
  LEFT JOIN {c}.providers providers ON providers.provider_id = contracts.provider_id
  LEFT JOIN {v}.contracts judged ON judged.contract = contracts.contract_id
  LEFT JOIN supply ON supply.contract_id = contracts.contract_id
)
SELECT k.contract || '/' || k.control AS register_field, k.contract, k.provider, k.critical,
  left(k.control, 7) AS template, right(k.control, 4) AS column_code, f.title AS column_name,
  k.required, coalesce(k.filled, FALSE) AS filled,
  (SELECT bool_or(under_dora) FROM {v}.organisation) AS under_dora
FROM checked k
LEFT JOIN {c}.frameworks f ON f.framework_id = 'DORA-ROI' AND f.control_id = k.control
