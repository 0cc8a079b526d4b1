-- Read once: the catalogue works it out from many statements.
SELECT n.provider_id AS provider, n.region_id AS region, n.pue, n.pue_verified,
  n.carbon_gco2e_kwh, n.carbon_verified
FROM {c}.region_energy n
