-- What is asked of any service of each contract; of one without services, what the organisation asks.
SELECT t.contract_id AS contract, {asks_any}
FROM {e}.contracts t
LEFT JOIN {e}.services s ON s.contract_id = t.contract_id
JOIN {v}._asked q ON q.service IS NOT DISTINCT FROM s.service_id
GROUP BY t.contract_id
