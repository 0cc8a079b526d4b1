SELECT coalesce(p.exit_plan_id, 'none:' || t.contract) AS exit_plan,
  coalesce(t.contract, p.contract_id) AS contract, t.provider, t.provider_group,
  t.provider_group__verified, t.function, t.critical, p."exists",
  CASE WHEN p."exists" = FALSE THEN FALSE ELSE p.tested END AS tested, p.tested_on, p.reviewed_on,
  p.target_provider_id AS target_provider, g.provider_group AS target_provider_group,
  g.ok AS target_provider_group__verified,
  CASE WHEN p.target_provider_id = t.provider THEN TRUE
       ELSE g.provider_group = t.provider_group END AS target_same_group,
  p.target_provider_id = t.provider
    OR (coalesce(g.ok, TRUE) AND coalesce(t.provider_group__verified, TRUE))
    AS target_same_group__verified,
  p.duration_months, p.costed, t.transition_days, t.provider_notice_months,
  t.end_date AS contract_end_date, t.under_dora, t.asks_iso27001
FROM {e}.exit_plans p FULL JOIN {v}.contracts t ON t.contract = p.contract_id
LEFT JOIN {v}._provider g ON g.provider = p.target_provider_id
