"""The set-based steps of the DORA register importer: column codes -> columns of the estate.

Column numbers are those of the templates in ITS (EU) 2024/2956.
"""

from freehold.importers.lookups import NORMAL

_NOW = "'9999-12-31'"


def _code(column: str, name: str) -> str:
    """Return SQL for the value of a closed list's code; NULL if the list lacks it."""
    return f"(SELECT value FROM code WHERE list = '{name}' AND code = lower({column}))"


def _yes_no(column: str) -> str:
    return f"{_code(column, 'yes_no')}::BOOLEAN"


def _country(column: str) -> str:
    """Return SQL for an ISO 3166 code, plain or as the EBA's `eba_GA:FR`."""
    return f"nullif(regexp_extract(upper({column}), '^(?:EBA_GA:)?([A-Z]{{2}})$', 1), '')"


def _currency(column: str) -> str:
    return f"nullif(regexp_extract(upper({column}), '^(?:EBA_CU:|ISO4217:)?([A-Z]{{3}})$', 1), '')"


def _date(column: str) -> str:
    """Return SQL for a date; 9999-12-31 stands for none."""
    return f"CASE WHEN {column} NOT LIKE '9999-12-31%' THEN TRY_CAST({column} AS DATE) END"


def _lei(column: str) -> str:
    return f"nullif(regexp_extract(upper({column}), '^[A-Z0-9]{{18}}[0-9]{{2}}$'), '')"


def _months(column: str) -> str:
    days = f"TRY_CAST({column} AS DOUBLE)"
    return f"CASE WHEN {days} >= 0 AND isfinite({days}) THEN round({days} / 30.4375, 2) END"


def _hours(column: str) -> str:
    """Return SQL for a recovery objective in hours; 0 stands for 'not defined'."""
    hours = f"TRY_CAST({column} AS DOUBLE)"
    return f"CASE WHEN {hours} > 0 AND isfinite({hours}) THEN {hours} END"


def _one(value: str) -> str:
    """Return SQL for the value all rows of a contract agree on; NULL where they differ."""
    return f"CASE WHEN count(DISTINCT {value}) = 1 THEN any_value({value}) END"


_PROVIDERS = f"""
provider AS (
    SELECT c0010 AS code, min(record) AS record,
        any_value(coalesce(c0060, c0050)) AS name, any_value({_country("c0080")}) AS country,
        any_value(c0110) AS parent_code,
        any_value((SELECT provider_id FROM provider_lookup
            WHERE key = {NORMAL.format("coalesce(cell.c0050, cell.c0060)")})) AS provider_id
    FROM cell WHERE template = '05.01' GROUP BY c0010
)"""

_CONTRACTS = f"""
WITH {_PROVIDERS},
referred AS (
    SELECT c0010 AS contract_id, min(record) AS record FROM cell
    WHERE template IN ('02.01', '02.02', '07.01', '05.02', '03.01') GROUP BY c0010
),
general AS (
    SELECT c0010 AS contract_id, {_one(_code("cell.c0020", "arrangement"))} AS arrangement,
        {_one("c0030")} AS overarching_contract_id, {_one(_currency("c0040"))} AS currency,
        {_one("TRY_CAST(c0050 AS DECIMAL(18,4))")} AS annual_cost
    FROM cell WHERE template = '02.01' GROUP BY c0010
),
detail AS (
    SELECT c0010 AS contract_id, {_one("p.provider_id")} AS provider_id,
        count(DISTINCT c.c0030) AS providers, {_one("c0050")} AS function_id,
        {_one("nullif(regexp_extract(upper(c0060), 'S[0-9]{2}$'), '')")} AS service_type,
        {_one(_date("c0070"))} AS start_date, {_one(_date("c0080"))} AS end_date,
        CASE WHEN bool_and(c0080 LIKE '9999-12-31%') THEN TRUE
             WHEN count({_date("c0080")}) > 0 THEN FALSE END AS open_ended,
        {_one(_months("c0100"))} AS notice_months,
        {_one(_months("c0110"))} AS provider_notice_months,
        {_one(_country("c0120"))} AS governing_law_country,
        {_one(_country("c0130"))} AS provision_country,
        {_one(_country("c0150"))} AS storage_country,
        {_one(_country("c0160"))} AS processing_country,
        {_one(_code("c.c0170", "sensitiveness"))} AS sensitiveness,
        {_one(_code("c.c0180", "reliance"))} AS reliance
    FROM cell c LEFT JOIN provider p ON p.code = c.c0030
    WHERE template = '02.02' GROUP BY c0010
),
assessed AS (
    SELECT c0010 AS contract_id,
        {_one(_code("cell.c0050", "substitutability"))} AS substitutability,
        {_one(_date("c0070"))} AS last_audit_on,
        {_one(_yes_no("cell.c0110"))} AS alternative_identified
    FROM cell WHERE template = '07.01' GROUP BY c0010
),
signed AS (
    SELECT c0010 AS contract_id, {_one("c0020")} AS entity_id FROM cell
    WHERE template = '03.01' GROUP BY c0010
),
chained AS (
    SELECT c0010 AS contract_id, bool_or(TRY_CAST(c0050 AS INTEGER) > 1) AS has_subcontractors
    FROM cell WHERE template = '05.02' GROUP BY c0010
)
SELECT r.contract_id, CASE WHEN d.providers = 1 THEN d.provider_id END AS provider_id,
    s.entity_id, d.function_id, g.arrangement, g.overarching_contract_id, d.service_type,
    d.start_date, d.end_date, d.open_ended, d.notice_months, d.provider_notice_months,
    d.governing_law_country, d.provision_country, d.storage_country, d.processing_country,
    CASE WHEN h.has_subcontractors THEN TRUE END AS has_subcontractors, a.substitutability,
    a.alternative_identified, d.sensitiveness, d.reliance, g.annual_cost, g.currency,
    a.last_audit_on, r.record
FROM referred r
LEFT JOIN general g USING (contract_id) LEFT JOIN detail d USING (contract_id)
LEFT JOIN assessed a USING (contract_id) LEFT JOIN signed s USING (contract_id)
LEFT JOIN chained h USING (contract_id)
ORDER BY r.contract_id
"""

ROWS = {
    "legal_entities": f"""
WITH told AS (
    SELECT c0010 AS entity_id, c0020 AS name, {_lei("c0010")} AS lei,
        {_country("c0030")} AS country_iso2,
        CASE WHEN template = '01.02' AND c0060 <> c0010 THEN c0060 END AS parent,
        template, record
    FROM cell WHERE template IN ('01.01', '01.02')
)
SELECT entity_id, arg_max(name, template) AS name, any_value(lei) AS lei,
    arg_max(country_iso2, template) AS country_iso2,
    arg_max(CASE WHEN parent IN (SELECT entity_id FROM told) THEN parent END, template)
        AS parent_entity_id, min(record) AS record
FROM told GROUP BY entity_id ORDER BY entity_id
""",
    "functions": f"""
SELECT CASE WHEN count(*) OVER (PARTITION BY c0010) > 1
            THEN c0010 || ' | ' || coalesce(c0040, record::VARCHAR) ELSE c0010 END AS function_id,
    c0030 AS name, c0040 AS entity_id, {_yes_no("cell.c0050")} AS critical,
    c0020 AS licensed_activity, {_hours("c0080")} AS rto_hours, {_hours("c0090")} AS rpo_hours,
    record
FROM (SELECT * FROM cell WHERE template = '06.01'
      QUALIFY row_number() OVER (PARTITION BY c0010, c0040 ORDER BY record) = 1) cell
ORDER BY record
""",
    "contracts": _CONTRACTS,
    "subcontractors": f"""
WITH {_PROVIDERS}
SELECT concat_ws('/', c.c0010, c.c0020, c.c0050, c.c0030, c.c0060) AS subcontractor_id,
    c.c0010 AS contract_id, any_value(p.provider_id) AS provider_id,
    coalesce(any_value(p.name), any_value(c.c0030)) AS name, any_value(p.country) AS country_iso2,
    any_value(q.country) AS parent_country_iso2,
    CASE WHEN any_value(TRY_CAST(c.c0050 AS INTEGER)) >= 1
         THEN any_value(TRY_CAST(c.c0050 AS INTEGER)) END AS rank,
    min(c.record) AS record
FROM cell c LEFT JOIN provider p ON p.code = c.c0030
LEFT JOIN provider q ON q.code = p.parent_code
WHERE c.template = '05.02' AND c.c0030 IS NOT NULL
GROUP BY c.c0010, c.c0020, c.c0030, c.c0050, c.c0060 ORDER BY 1
""",
    "exit_plans": f"""
SELECT concat_ws('/', c0010, c0020, c0040) AS exit_plan_id, c0010 AS contract_id,
    {_one(_yes_no("cell.c0080"))} AS exists, min(record) AS record
FROM cell WHERE template = '07.01' GROUP BY c0010, c0020, c0040 ORDER BY 1
""",
}
"""Estate table -> query for its rows, with the number of the first source row as `record`."""

COUNTS = """
SELECT coalesce(sum(rows), 0)::BIGINT FROM cell WHERE template = '05.01' AND c0010 NOT IN (
    SELECT c0030 FROM cell WHERE template IN ('02.02', '05.02') AND c0030 IS NOT NULL
    UNION SELECT c0020 FROM cell WHERE template = '07.01' AND c0020 IS NOT NULL
    UNION SELECT c0110 FROM cell WHERE template = '05.01' AND c0110 IS NOT NULL)
"""

_SINGLE = {
    "contracts.function_id": "c0050",
    "contracts.service_type": "c0060",
    "contracts.provider_id": "c0030",
    "contracts.governing_law_country": "c0120",
    "contracts.provision_country": "c0130",
    "contracts.storage_country": "c0150",
    "contracts.processing_country": "c0160",
    "contracts.sensitiveness": "c0170",
    "contracts.reliance": "c0180",
}
_CODED = {
    "contracts.arrangement": ("02.01", "c0020", _code("cell.c0020", "arrangement")),
    "contracts.currency": ("02.01", "c0040", _currency("c0040")),
    "contracts.annual_cost": ("02.01", "c0050", "TRY_CAST(c0050 AS DECIMAL(18,4))"),
    "contracts.start_date": ("02.02", "c0070", _date("c0070")),
    "contracts.governing_law_country": ("02.02", "c0120", _country("c0120")),
    "contracts.provision_country": ("02.02", "c0130", _country("c0130")),
    "contracts.storage_country": ("02.02", "c0150", _country("c0150")),
    "contracts.processing_country": ("02.02", "c0160", _country("c0160")),
    "contracts.sensitiveness": ("02.02", "c0170", _code("cell.c0170", "sensitiveness")),
    "contracts.reliance": ("02.02", "c0180", _code("cell.c0180", "reliance")),
    "contracts.substitutability": ("07.01", "c0050", _code("cell.c0050", "substitutability")),
    "contracts.alternative_identified": ("07.01", "c0110", _yes_no("cell.c0110")),
    "contracts.last_audit_on": ("07.01", "c0070", _date("c0070")),
    "exit_plans.exists": ("07.01", "c0080", _yes_no("cell.c0080")),
    "functions.critical": ("06.01", "c0050", _yes_no("cell.c0050")),
    "functions.rto_hours": ("06.01", "c0080", _hours("c0080")),
    "functions.rpo_hours": ("06.01", "c0090", _hours("c0090")),
    "legal_entities.lei": ("01.02", "c0010", _lei("c0010")),
    "legal_entities.country_iso2": ("01.02", "c0030", _country("c0030")),
    "subcontractors.rank": (
        "05.02",
        "c0050",
        "CASE WHEN TRY_CAST(c0050 AS INTEGER) >= 1 THEN c0050 END",
    ),
}

UNKNOWN = "\nUNION ALL\n".join(
    [
        f"SELECT '{name}' AS field, "
        "'several values in the register for one contract' AS reason, count(*) FROM ("
        f"SELECT c0010 FROM cell WHERE template = '02.02' GROUP BY c0010 "
        f"HAVING count(DISTINCT {column}) > 1)"
        for name, column in _SINGLE.items()
    ]
    + [
        f"SELECT '{name}', CASE WHEN {column} IS NULL THEN 'empty in the source' "
        "ELSE 'not assessed, not defined, or a code that is not on the list' END, count(*) "
        f"FROM cell WHERE template = '{template}' AND ({value}) IS NULL GROUP BY 2"
        for name, (template, column, value) in _CODED.items()
    ]
    + [
        f"""(WITH {_PROVIDERS} SELECT 'contracts.provider_id',
            CASE WHEN p.code IS NULL THEN 'the provider stands in no row of B_05.01'
            ELSE 'the provider''s legal name is not in the catalogue; the supply chain keeps it'
            END, count(DISTINCT c.c0010)
        FROM cell c LEFT JOIN provider p ON p.code = c.c0030
        WHERE c.template = '02.02' AND p.provider_id IS NULL GROUP BY 2)"""
    ]
)
"""Query for (field, reason, count) of what the register does not tell or tells in unknown codes."""
