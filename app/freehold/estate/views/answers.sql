SELECT a.answer_id AS answer, a.service_id AS service,
  coalesce(a.provider_id, s.provider) AS provider, a.criterion, a.option, a.basis, a.evidence,
  a.dated, s.required_seal
FROM {e}.answers a LEFT JOIN {v}.services s ON s.service = a.service_id
