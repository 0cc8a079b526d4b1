WITH plans AS (
  SELECT contract_id, fh_any("exists") AS has_plan, fh_any(tested AND "exists") AS tested,
    max(tested_on) AS tested_on, min(duration_months) AS duration_months
  FROM {e}.exit_plans WHERE contract_id IS NOT NULL GROUP BY contract_id
),
-- The contract names one country for storage and one for processing.
placed AS (
  SELECT contract, role, fh_all(country = agreed) AS as_agreed,
    bool_and(coalesce(country__verified, TRUE)) AS ok
  FROM (
    SELECT p.contract, p.role, p.country, p.country__verified,
      CASE p.role WHEN 'storage' THEN t.storage_country ELSE t.processing_country END AS agreed
    FROM {v}.placements p JOIN {e}.contracts t ON t.contract_id = p.contract
    WHERE p.role IN ('storage', 'processing')
  ) GROUP BY contract, role
),
holding AS (
  SELECT contract, fh_any({personal}) AS holds_personal FROM {v}.placements
  WHERE contract IS NOT NULL GROUP BY contract
)
SELECT t.contract_id AS contract, t.name, t.provider_id AS provider, v.name AS provider_name,
  v.provider_group, v.ok AS provider_group__verified, v.parent_country,
  v.ok AS parent_country__verified, v.parent_is_eea, v.parent_ok AS parent_is_eea__verified,
  v.exposed, v.exposed_ok AS exposed__verified, t.entity_id AS legal_entity,
  t.function_id AS function, f.critical, t.arrangement, t.service_type, t.start_date, t.end_date,
  CASE WHEN t.open_ended IS NULL AND t.end_date IS NOT NULL THEN FALSE ELSE t.open_ended END
    AS open_ended,
  t.notice_months, t.provider_notice_months, t.governing_law_country,
  k.is_eu AS governing_law_is_eu, t.provision_country, t.storage_country, t.processing_country,
  t.location_clause, t.transition_days, t.retrieval_days, t.egress_fee_on_switch, t.audit_rights,
  t.subcontracting_allowed, t.has_subcontractors, t.change_of_control_notice_days,
  t.transfer_instrument, t.tia_date,
  t.tia_date IS NOT NULL OR t.tia_done AS tia_done, h.holds_personal, t.processing_agreement,
  t.subprocessor_authorisation, t.deletion_clause, t.exportable_data_listed,
  t.jurisdiction_disclosed, t.switching_charge, t.parallel_egress_charge, t.charges_told,
  (SELECT bool_or(under_nis2) FROM {v}.organisation) AS under_nis2,
  coalesce(t.risk_rated, t.risk_rated_on IS NOT NULL OR NULL) AS risk_rated, t.risk_rated_on,
  t.risk_rating, t.substitutability, t.alternative_identified,
  CAST(CAST(t.annual_cost AS DECIMAL(38, 4)) * x.usd AS DECIMAL(18, 4)) AS annual_cost_usd,
  p.has_plan AS exit_plan_exists, CASE WHEN p.has_plan = FALSE THEN FALSE ELSE p.tested END
    AS exit_plan_tested,
  p.tested_on AS exit_plan_tested_on, p.duration_months AS exit_duration_months, t.last_audit_on,
  t.provider_code, t.provider_eu_subsidiary, t.stores_data, t.processes_data, t.ended_reason,
  t.substitution_reason, t.reintegration, t.discontinuation_impact, t.audited,
  t.audit_interval_months, t.pre_assessed, t.pre_assessed_on, t.service_description,
  t.location_change_notice, t.data_protection_clause, t.data_return_clause,
  t.service_level_detail, t.incident_assistance, t.incident_notice_hours,
  t.authority_cooperation, t.termination_rights, t.training_clause, t.reporting_duty, t.continuity_clause, t.tlpt_clause,
  t.subcontracting_conditions, t.subcontractor_audit, t.subcontracting_continuity,
  t.subcontracting_notice_days, t.subcontracting_termination, t.source_escrow,
  v.dora_ctpp AS provider_ctpp, v.dora_ctpp_verified AS provider_ctpp__verified,
  vk.is_eu AS provider_in_eu, v.ok AS provider_in_eu__verified,
  ds.as_agreed AS stored_as_agreed, ds.ok AS stored_as_agreed__verified,
  dp.as_agreed AS processed_as_agreed, dp.ok AS processed_as_agreed__verified,
  t.status, t.exit_on_qualification_loss, t.deletion_notice_days, t.deletion_confirmed,
  t.foreign_law_disclosed, {asks},
  (SELECT bool_or(under_dora) FROM {v}.organisation) AS under_dora
FROM {e}.contracts t
LEFT JOIN {v}._provider v ON v.provider = t.provider_id
LEFT JOIN {e}.functions f ON f.function_id = t.function_id
LEFT JOIN {v}._country k ON k.country = t.governing_law_country
LEFT JOIN {v}._fx x ON x.currency = upper(t.currency)
LEFT JOIN {v}._country vk ON vk.country = v.country
LEFT JOIN placed ds ON ds.contract = t.contract_id AND ds.role = 'storage'
LEFT JOIN placed dp ON dp.contract = t.contract_id AND dp.role = 'processing'
LEFT JOIN holding h ON h.contract = t.contract_id
LEFT JOIN plans p ON p.contract_id = t.contract_id
LEFT JOIN {v}._asked_contract q ON q.contract = t.contract_id
