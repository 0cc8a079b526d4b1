SELECT f.flow_id AS flow, f.from_placement_id AS from_placement, f.to_placement_id AS to_placement,
  a.provider AS from_provider, b.provider AS to_provider,
  a.country AS from_country, a.country__verified AS from_country__verified,
  b.country AS to_country, b.country__verified AS to_country__verified,
  a.is_eea AS from_is_eea, a.is_eea__verified AS from_is_eea__verified,
  b.is_eea AS to_is_eea, b.is_eea__verified AS to_is_eea__verified,
  coalesce(f.data_set_id, a.data_set) AS data_set, f.gb_per_month, f.purpose,
  f.encrypted, coalesce(d.classification, a.classification) AS classification,
  coalesce(f.available, TRUE) AS available, {is_columns}
FROM {e}.flows f
LEFT JOIN {v}.placements a ON a.placement = f.from_placement_id
LEFT JOIN {v}.placements b ON b.placement = f.to_placement_id
LEFT JOIN {v}._data_set d ON d.data_set = coalesce(f.data_set_id, a.data_set)
LEFT JOIN {v}._class x ON x.data_set = coalesce(f.data_set_id, a.data_set)
