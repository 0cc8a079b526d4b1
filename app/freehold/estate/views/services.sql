WITH own_seal AS (SELECT max(required_seal) AS seal FROM {e}.organisation)
SELECT s.service_id AS service, s.name, s.provider_id AS provider, v.name AS provider_name,
  v.provider_group, v.ok AS provider_group__verified, v.parent_country,
  v.ok AS parent_country__verified, v.parent_is_eea, v.parent_ok AS parent_is_eea__verified,
  s.offer, s.catalogue_service, t.api, t.verified AS api__verified,
  t.portability AS catalogue_portability, t.verified AS catalogue_portability__verified, s.model,
  s.function_id AS function, f.critical, s.contract_id AS contract, s.in_scope,
  coalesce(s.required_seal, o.seal) AS required_seal, s.required_ual,
  (SELECT bool_or(sector = 'public_administration') FROM {e}.organisation) AS public_body,
  v.exposed, v.exposed_ok AS exposed__verified, coalesce(s.available, TRUE) AS available, {asks}
FROM {e}.services s
LEFT JOIN {v}._provider v ON v.provider = s.provider_id
LEFT JOIN {c}.services t ON t.provider_id = s.provider_id AND t.service = s.catalogue_service
LEFT JOIN {e}.functions f ON f.function_id = s.function_id
LEFT JOIN {v}._asked q ON q.service = s.service_id
CROSS JOIN own_seal o
