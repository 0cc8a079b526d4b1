"""What the Dependencies page reads of a run, in one go and off the window's thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from freehold.scenarios import Run
from freehold.scenarios.blast import Rank, rank

DIMENSIONS = (
    "provider_group",
    "provider",
    "parent_country",
    "jurisdiction",
    "region",
    "control_plane_country",
    "chip_vendor",
    "chip_fab_country",
    "model_developer",
    "orchestration_tool",
)
BASES = ("cost", "resources", "critical_functions", "accelerators", "workloads")
COUNTRIES = ("parent_country", "jurisdiction", "control_plane_country", "chip_fab_country")
UNDECIDED = "?"
Row = dict[str, object]

_COLUMNS = {
    "provider": "provider",
    "provider_group": "provider_group",
    "jurisdiction": "country",
    "parent_country": "parent_country",
    "region": "provider || '/' || region",
    "control_plane_country": "control_plane_country",
    "chip_vendor": "accelerator_vendor",
    "chip_fab_country": "(SELECT a.fab_country FROM {c}.accelerators a"
    " WHERE a.accelerator_id = t.accelerator)",
    "model_developer": "model_developer",
    "orchestration_tool": "engine",
}

_FUNCTIONS = """
WITH pairs AS (
  SELECT function, count(failover_placement) AS failovers,
    count(*) FILTER (failover_placement IS NOT NULL AND same_provider_group IS FALSE) AS apart,
    count(*) FILTER (failover_placement IS NOT NULL AND same_provider_group IS NULL) AS open_group,
    count(*) FILTER (failover_placement IS NOT NULL AND same_region IS FALSE) AS other_region,
    count(*) FILTER (failover_placement IS NOT NULL AND same_region IS NULL) AS open_region,
    bool_and(same_provider_group__verified) AS is_verified
  FROM {v}.failover_pairs GROUP BY function
), judged AS (
  SELECT f.*, p.failovers, coalesce(p.is_verified, TRUE) AS is_verified,
    f.site_count = 1 AS one_site,
    f.provider_group_count = 1 AS one_group,
    NOT f.has_failover AS no_failover,
    CASE WHEN p.failovers > 0 AND p.apart = 0 THEN CASE WHEN p.open_group = 0 THEN TRUE END
      ELSE FALSE END AS same_group,
    CASE WHEN p.failovers > 0 AND p.other_region = 0 THEN CASE WHEN p.open_region = 0 THEN TRUE END
      ELSE FALSE END AS same_region
  FROM {v}.functions f LEFT JOIN pairs p ON p.function = f.function
  WHERE f.critical IS DISTINCT FROM FALSE
)
SELECT *, CASE WHEN one_site OR no_failover OR same_group OR same_region THEN 'fail'
  WHEN (one_site OR no_failover OR same_group OR same_region) IS NULL THEN 'unknown'
  ELSE 'pass' END AS result
FROM judged ORDER BY CASE result WHEN 'fail' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, function
"""

_EXPOSURES = """
WITH reach AS (
  SELECT provider, count(DISTINCT resource) AS resources, count(DISTINCT data_set) AS data_sets,
    count(DISTINCT function) FILTER (critical) AS critical_functions
  FROM {v}.placements WHERE available GROUP BY provider
)
SELECT e.*, p.provider_name, l.effect, l.source, l.as_of, l.verified AS law_verified,
  coalesce(r.resources, 0) AS resources, coalesce(r.data_sets, 0) AS data_sets,
  coalesce(r.critical_functions, 0) AS critical_functions
FROM {v}.exposures e
LEFT JOIN (SELECT provider, any_value(name) AS provider_name FROM {v}.providers GROUP BY provider) p
  ON p.provider = e.provider
LEFT JOIN {c}.extraterritorial_laws l ON l.law_id = e.law
LEFT JOIN reach r ON r.provider = e.provider
ORDER BY e.in_force DESC NULLS LAST, e.cost_usd DESC NULLS LAST, e.provider, e.law
"""


@dataclass(frozen=True)
class Limit:
    """A threshold that a concentration rule sets on a share or on the index."""

    rule_id: str
    value: float
    is_house_default: bool


@dataclass(frozen=True)
class Dependencies:
    """All that the page shows of one run; `countries` are names by code,
    `ranking` the nodes by what they take with them."""

    shares: tuple[Row, ...]
    functions: tuple[Row, ...]
    exposures: tuple[Row, ...]
    chain: tuple[Row, ...]
    services: tuple[tuple[str, str], ...]
    countries: dict[str, str]
    ranking: tuple[Rank, ...] = ()

    def of(self, dimension: str, base: str) -> list[Row]:
        """Return the members of a dimension by a base, the largest first."""
        return [r for r in self.shares if r["dimension"] == dimension and r["base"] == base]

    def bases(self, dimension: str) -> list[str]:
        """Return the bases by which a dimension can be shared out."""
        there = {row["base"] for row in self.shares if row["dimension"] == dimension}
        return [base for base in BASES if base in there]


def read_dependencies(run: Run, connection: duckdb.DuckDBPyConnection) -> Dependencies:
    """Read shares, functions, exposures and chains of a run; safe in a thread."""
    names = {"v": f'"{run.schemas.views}"', "c": f'"{run.schemas.catalogue}"'}

    def rows(sql: str) -> tuple[Row, ...]:
        cursor = connection.execute(sql.format(**names))
        heads = [name for name, *_ in cursor.description or []]
        return tuple(dict(zip(heads, row, strict=True)) for row in cursor.fetchall())

    services = rows("SELECT service, name FROM {v}.services ORDER BY name, service")
    countries = rows("SELECT country_iso2, name FROM {c}.countries")
    return Dependencies(
        rows("SELECT * FROM {v}.shares ORDER BY share DESC NULLS LAST, member"),
        rows(_FUNCTIONS),
        rows(_EXPOSURES),
        rows("SELECT * FROM {v}.chain ORDER BY service, rank, party"),
        tuple((str(row["service"]), str(row["name"] or row["service"])) for row in services),
        {str(row["country_iso2"]): str(row["name"]) for row in countries},
        tuple(rank(connection, run.schemas)),
    )


def limits_of(run: Run, dimension: str, base: str, column: str = "share") -> list[Limit]:
    """Return the thresholds that the rules of the run set on `share` or `hhi`."""
    found = []
    for compiled in run.judgement.judged.rules:
        rule = compiled.rule
        applies, limit = str(rule.applies), rule.params.get("limit")
        if (
            rule.subject == "shares"
            and re.search(rf"dimension\s*=\s*'{dimension}'", applies)
            and re.search(rf"base\s*=\s*'{base}'", applies)
            and re.match(rf"{column}\b", str(rule.fails).lstrip("( "))
            and isinstance(limit, int | float)
        ):
            found.append(Limit(rule.id, float(limit), rule.basis == "house_default"))
    return sorted(found, key=lambda item: (item.value, item.rule_id))


def members_sql(run: Run, dimension: str, base: str, member: str) -> tuple[str, Sequence[object]]:
    """Return the query of the rows behind a member, with `place` and `key` to open them."""
    views, facts = f'"{run.schemas.views}"', f'"{run.schemas.catalogue}"'
    column = _COLUMNS[dimension].format(c=facts)
    values: list[object] = [] if member == UNDECIDED else [member]
    test = f"{column} IS NULL" if member == UNDECIDED else f"{column} = ?"
    if base == "workloads":
        if dimension == "control_plane_country":
            column = (
                f"(SELECT p.control_plane_country FROM {views}.providers p"
                " WHERE p.provider = t.provider)"
            )
            test = f"{column} IS NULL" if member == UNDECIDED else f"{column} = ?"
        if dimension in {"model_developer", "orchestration_tool"}:
            test += " AND ai_use"
        return (
            "SELECT workload AS key, 'workloads' AS place, name, provider_name, region, function,"
            f" CAST(accelerator_count AS DOUBLE) AS amount FROM {views}.workloads t WHERE {test}"
            " ORDER BY key",
            values,
        )
    if base == "critical_functions":
        return (
            "SELECT t.function AS key, 'functions' AS place, any_value(f.name) AS name,"
            " string_agg(DISTINCT t.provider_name, ', ' ORDER BY t.provider_name) AS provider_name,"
            " string_agg(DISTINCT t.region, ', ' ORDER BY t.region) AS region, t.function,"
            f" CAST(count(*) AS DOUBLE) AS amount FROM {views}.placements t"
            f" JOIN {views}.functions f ON f.function = t.function"
            f" WHERE t.critical IS DISTINCT FROM FALSE AND t.available AND {_of(test)}"
            " GROUP BY t.function ORDER BY key",
            values,
        )
    amount = "cost_usd" if base == "cost" else "accelerator_count * coalesce(quantity, 1)"
    if base == "resources":
        amount = "quantity"
    chips = "AND accelerator IS NOT NULL" if "chip" in dimension or base == "accelerators" else ""
    sql = (
        "SELECT resource AS key, 'resources' AS place, name, provider_name, region, function,"
        f" CAST({amount} AS DOUBLE) AS amount FROM {views}.resources t"
        f" WHERE {test} AND available AND (status IS NULL OR status = 'active') {chips}"
    )
    if base == "accelerators":
        pool = {
            "control_plane_country": f"(SELECT p.control_plane_country FROM {views}.providers p"
            " WHERE p.provider = t.provider)",
            "parent_country": f"(SELECT p.parent_country FROM {views}.providers p"
            " WHERE p.provider = t.provider)",
            "chip_vendor": "vendor",
            "chip_fab_country": "fab_country",
        }.get(dimension, column)
        held = f"{pool} IS NULL" if member == UNDECIDED else f"{pool} = ?"
        sql += (
            " UNION ALL SELECT accelerator_pool, 'accelerator_pools', name, provider, region, NULL,"
            f" CAST(quantity AS DOUBLE) FROM {views}.accelerator_pools t WHERE {held}"
        )
        values *= 2
    return f"{sql} ORDER BY amount DESC NULLS LAST, key", values


def _of(test: str) -> str:
    return re.sub(r"\b(provider_group|provider|country|parent_country|region)\b", r"t.\1", test)
