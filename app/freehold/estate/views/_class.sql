-- One row per data set that somebody gave classes; a class implies its ancestors.
WITH RECURSIVE above(class_id, ancestor) AS (
  SELECT class_id, class_id FROM {c}.data_classes
  UNION
  SELECT a.class_id, d.parent_class_id
  FROM above a JOIN {c}.data_classes d ON d.class_id = a.ancestor
  WHERE d.parent_class_id IS NOT NULL
)
SELECT g.data_set_id AS data_set, list(DISTINCT a.ancestor) FILTER (a.ancestor IS NOT NULL)
  AS classes, {pivot}
FROM {e}.data_set_classes g LEFT JOIN above a ON a.class_id = g.class_id
GROUP BY g.data_set_id
