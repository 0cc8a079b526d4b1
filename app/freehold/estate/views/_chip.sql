-- What export control and buyers count of each accelerator. Total processing performance: the
-- largest of dense TOPS x bits over the formats known (note 2 to ECCN 3A090); lead time: the
-- longest that any source gives for buying it.
WITH waits AS (
  SELECT accelerator_id, max(greatest(lead_time_min_days, lead_time_typical_days,
    lead_time_max_days)) AS days,
    bool_and(verified) AS ok
  FROM {c}.lead_times WHERE accelerator_id IS NOT NULL GROUP BY accelerator_id
)
SELECT a.accelerator_id AS accelerator,
  greatest(16 * a.bf16_dense_tflops, 16 * a.fp16_dense_tflops, 8 * a.fp8_dense_tflops,
    8 * a.int8_dense_tops, 4 * a.fp4_dense_tflops) AS tpp,
  w.days AS lead_time_days, w.ok AS lead_ok
FROM {c}.accelerators a LEFT JOIN waits w ON w.accelerator_id = a.accelerator_id
