"""What ends, begins or is due, and when: one list over estate, facts and rules."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from freehold.compliance.engine import quoted
from freehold.compliance.packs import Pack
from freehold.estate.sql import literal

HORIZONS_DAYS = (30, 90, 365)

KINDS = (
    "waiver",
    "finding",
    "certificate",
    "contract_end",
    "contract_notice",
    "commitment",
    "exit_plan_test",
    "law_begins",
    "law_ends",
    "rule_begins",
    "rule_ends",
)
"""What a deadline is about."""

OVERDUE = ("waiver", "finding", "certificate", "exit_plan_test")
"""Kinds that still ask for something once their day is past."""

# The rule that says how old a test of an exit plan may be gives the day on which it is due.
_TEST_AGE = re.compile(r"\$as_of\s*-\s*tested_on\s*>\s*\$(\w+)")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day; `key` is the row's key in `table`, or the rule's id where `table` is 'rules'."""

    on: date
    kind: str
    table: str
    key: str
    what: str
    provider: str | None = None
    owner: str | None = None
    source: str | None = None
    verified: bool = True

    def days(self, as_of: date) -> int:
        """Return the days from `as_of`; negative = past."""
        return (self.on - as_of).days


def deadlines(
    connection: duckdb.DuckDBPyConnection,
    packs: Iterable[Pack],
    as_of: date,
    *,
    within_days: int = 365,
    kinds: Sequence[str] | None = None,
    views: str = "views",
    estate: str = "estate",
    catalogue: str = "catalogue",
) -> list[Deadline]:
    """Return what falls within so many days of `as_of`, or is overdue, the earliest first.

    Certificates are those of providers in use; laws those of countries in which the estate stores
    or processes, whose people's data it holds, or where the organisation sits. A notice deadline is
    the contract's end less its notice, a part of a month counted as a whole one.

    Args:
        connection: the workspace's connection with the published views.
        packs: the packs in use: their rules' validity, and how old a test of an exit plan may be.
        as_of: the day to count from.
        within_days: how far to look ahead.
        kinds: only these of KINDS.
        views: schema of the published views.
        estate: schema of the estate.
        catalogue: schema of the catalogue.
    """
    chosen = list(packs)
    v, e, c = quoted(views), quoted(estate), quoted(catalogue)
    most_days = _test_age_days(chosen)
    parts = [_OF_ESTATE.format(v=v, e=e), _LAWS.format(v=v, e=e, c=c)]
    if most_days is not None:
        rule, days = most_days
        parts.append(_EXIT_TESTS.format(v=v, days=days, rule=literal(rule)))
    found = connection.execute(
        "SELECT due, kind, place, key, what, provider, owner, source, verified FROM ("
        + " UNION ALL ".join(parts)
        + ") WHERE due IS NOT NULL AND key IS NOT NULL"
    ).fetchall()
    rows = [Deadline(*row) for row in found] + _of_rules(chosen)
    wanted = set(KINDS if kinds is None else kinds)
    return sorted(
        (
            row
            for row in rows
            if row.kind in wanted
            and row.days(as_of) <= within_days
            and (row.on >= as_of or row.kind in OVERDUE)
        ),
        key=lambda row: (row.on, row.kind, row.key),
    )


def within(rows: Iterable[Deadline], as_of: date) -> dict[str, int]:
    """Return how many are overdue, and how many fall within each of HORIZONS_DAYS."""
    days = [row.days(as_of) for row in rows]
    counts = {"overdue": sum(1 for n in days if n < 0)}
    for horizon in HORIZONS_DAYS:
        counts[f"{horizon}_days"] = sum(1 for n in days if 0 <= n <= horizon)
    return counts


_OF_ESTATE = """
SELECT expires_on AS due, 'waiver' AS kind, 'waivers' AS place, waiver_id AS key,
  concat(waiver_id, ': ', rule_id) AS what, NULL AS provider, owner, NULL AS source,
  TRUE AS verified
FROM {e}.waivers WHERE revoked_on IS NULL
UNION ALL
SELECT due_on, 'finding', 'findings_register', concat(rule_id, '/', subject_id),
  concat(rule_id, ': ', subject_id), NULL, owner, NULL, TRUE
FROM {e}.findings_register WHERE status IS NULL OR status IN ('open', 'in_progress')
UNION ALL
SELECT valid_to, 'certificate', 'certifications', certification,
  concat_ws(', ', scheme, provider), provider, NULL, NULL, coalesce(valid_to__verified, TRUE)
FROM {v}.certifications
UNION ALL
SELECT end_date, 'contract_end', 'contracts', contract, coalesce(name, contract), provider, NULL,
  NULL, TRUE
FROM {v}.contracts WHERE status IS DISTINCT FROM 'terminated' AND open_ended IS DISTINCT FROM TRUE
UNION ALL
SELECT CAST(end_date - to_months(CAST(ceil(notice_months) AS INTEGER)) AS DATE), 'contract_notice',
  'contracts', contract, coalesce(name, contract), provider, NULL, NULL, TRUE
FROM {v}.contracts WHERE status IS DISTINCT FROM 'terminated' AND open_ended IS DISTINCT FROM TRUE
UNION ALL
SELECT end_date, 'commitment', 'commitments', commitment,
  concat_ws(', ', commitment, kind), provider, NULL, NULL, TRUE
FROM {v}.commitments
"""

_EXIT_TESTS = """
SELECT CAST(tested_on + to_days({days}) AS DATE), 'exit_plan_test', 'exit_plans', exit_plan,
  concat_ws(', ', exit_plan, contract), provider, NULL, {rule}, TRUE
FROM {v}.exit_plans WHERE "exists" AND tested
"""

_LAWS = """
SELECT * FROM (
  WITH ours AS (
    SELECT country FROM {v}.placements WHERE country IS NOT NULL
    UNION SELECT country_iso2 FROM {e}.data_set_subjects
    UNION SELECT country_iso2 FROM {e}.organisation
  ), laws AS (
    SELECT DISTINCT l.law, l.valid_from, l.valid_to, l.source, l.verified,
      coalesce(l.country_set, l.country_iso2) AS place
    FROM {c}.residency_law_countries AS l JOIN ours ON ours.country = l.country_iso2
    UNION SELECT name, valid_from, valid_to, source, verified, country_iso2
    FROM {c}.extraterritorial_laws AS x
    WHERE x.law_id IN (SELECT law FROM {v}.exposures)
  )
  SELECT valid_from, 'law_begins', 'laws', law, concat_ws(', ', law, place), NULL, NULL, source,
    verified FROM laws
  UNION ALL
  SELECT valid_to, 'law_ends', 'laws', law, concat_ws(', ', law, place), NULL, NULL, source,
    verified FROM laws
)
"""


def _of_rules(packs: Sequence[Pack]) -> list[Deadline]:
    found = []
    for pack in packs:
        for rule in pack.rules:
            source = rule.source
            for day, kind in (
                (rule.valid_from or pack.head.valid_from, "rule_begins"),
                (rule.valid_to or pack.head.valid_to, "rule_ends"),
            ):
                if day is not None:
                    found.append(
                        Deadline(
                            day,
                            kind,
                            "rules",
                            rule.id,
                            f"{rule.id}: {rule.title}",
                            source=source.text if source else None,
                            verified=source.verified if source else True,
                        )
                    )
    return found


def _test_age_days(packs: Iterable[Pack]) -> tuple[str, int] | None:
    """Return the rule that bounds the age of an exit plan's test, and the strictest bound."""
    found: list[tuple[int, str]] = []
    for pack in packs:
        for rule in pack.rules:
            match = _TEST_AGE.search(str(rule.fails or ""))
            days = rule.params.get(match[1]) if match and rule.subject == "exit_plans" else None
            if isinstance(days, int | float) and not isinstance(days, bool):
                found.append((int(days), rule.id))
    return (min(found)[1], min(found)[0]) if found else None
