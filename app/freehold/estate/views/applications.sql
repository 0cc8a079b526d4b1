SELECT a.application_id AS application, a.name, a.function_id AS function, f.critical,
  a.environment, a.must_run, a.owner
FROM {e}.applications a LEFT JOIN {e}.functions f ON f.function_id = a.function_id
