SELECT u.provider || '/' || coalesce(o.level || '/' || o.holder, 'none') AS provider_owner,
  u.provider, o.holder, o.verified AS holder__verified, o.holder_country_iso2 AS country,
  o.verified AS country__verified, k.is_eea, o.verified AS is_eea__verified, k.is_eu,
  o.verified AS is_eu__verified, o.capital_pct AS capital, o.verified AS capital__verified,
  o.votes_pct AS votes, o.verified AS votes__verified, o.veto, o.verified AS veto__verified,
  o.board_majority, o.verified AS board_majority__verified, o.level, u.supports_critical, {asks}
FROM {v}.providers u
LEFT JOIN {c}.provider_owners o ON o.provider_id = u.provider
LEFT JOIN {v}._country k ON k.country = o.holder_country_iso2
LEFT JOIN {v}._asked_provider q ON q.provider = u.provider
