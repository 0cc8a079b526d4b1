WITH linked AS (
  SELECT s.*, coalesce(s.contract_id, v.contract_id) AS contract
  FROM {e}.subcontractors s LEFT JOIN {e}.services v ON v.service_id = s.service_id
),
own_seal AS (SELECT max(required_seal) AS seal FROM {e}.organisation)
SELECT coalesce(s.subcontractor_id, 'none:' || t.contract) AS subcontractor, coalesce(t.contract,
  s.contract) AS contract, s.service_id AS service, s.provider_id AS provider,
  coalesce(s.name, v.name) AS name, coalesce(s.country_iso2, v.country) AS country,
  CASE WHEN s.subcontractor_id IS NOT NULL
       THEN coalesce(s.country_iso2, v.country) IS NOT NULL END AS country_known,
  k.is_eea, k.is_eu, coalesce(s.parent_country_iso2, v.parent_country) AS parent_country,
  pk.is_eea AS parent_is_eea, pk.is_eu AS parent_is_eu, s.rank, s.critical, s.technical_access,
  s.alternative_count, t.has_subcontractors, t.holds_personal,
  j.eu_adequacy AS adequacy, j.verified AS adequacy__verified, t.transfer_instrument,
  t.critical AS contract_critical, coalesce(w.required_seal, o.seal) AS required_seal,
  s.contract IS NOT NULL AS listed,
  coalesce(s.country_iso2, v.country) IS NOT NULL AS located, {asks}
FROM linked s FULL JOIN {v}.contracts t ON t.contract = s.contract
LEFT JOIN {v}._provider v ON v.provider = s.provider_id
LEFT JOIN {v}._country k ON k.country = coalesce(s.country_iso2, v.country)
LEFT JOIN {c}.adequacy j ON j.country_iso2 = coalesce(s.country_iso2, v.country)
LEFT JOIN {v}._country pk ON pk.country = coalesce(s.parent_country_iso2, v.parent_country)
LEFT JOIN {e}.services w ON w.service_id = s.service_id
LEFT JOIN {v}._asked_contract q ON q.contract = t.contract
CROSS JOIN own_seal o
