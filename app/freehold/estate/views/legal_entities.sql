SELECT l.entity_id AS legal_entity, l.name, l.lei, l.country_iso2 AS country, k.is_eea,
  l.parent_entity_id AS parent_entity, l.entity_type, l.hierarchy
FROM {e}.legal_entities l LEFT JOIN {v}._country k ON k.country = l.country_iso2
