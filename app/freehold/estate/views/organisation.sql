-- NIS2 Art. 4 with DORA Art. 1(2): DORA takes the place of NIS2's duties for whom it binds.
SELECT organisation_id AS organisation, name, lei, country_iso2 AS country, sector,
  essential_entity, required_seal, currency, list_contains(bound, 'gdpr') AS under_gdpr,
  list_contains(bound, 'dora') AS under_dora, list_contains(bound, 'nis2') AND NOT list_contains(bound, 'dora') AS under_nis2,
  list_contains(bound, 'ens') AS under_ens, sector = 'public_administration' AS public_body
FROM (SELECT *, list_transform(string_split(replace(lower(regimes), ' ', ''), ';'),
  lambda w: split_part(w, ':', 1)) AS bound FROM {e}.organisation)
