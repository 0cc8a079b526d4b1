-- What is asked of any service of each provider; of one without services, what the organisation asks.
SELECT p.provider, {asks_any}
FROM {v}._provider p
LEFT JOIN {e}.services s ON s.provider_id = p.provider
JOIN {v}._asked q ON q.service IS NOT DISTINCT FROM s.service_id
GROUP BY p.provider
