"""Completeness, unverified and assumed facts, waivers, from the estate's and engine's tables."""

import json
from decimal import Decimal
from typing import Any

import duckdb

from freehold.compliance import Judgement, WaiverState
from freehold.estate.sql import literal, one, qualified
from freehold.reports.build_findings import rule_ids
from freehold.reports.content import (
    AssumedAnswer,
    Completeness,
    Confirmation,
    CurrencyLine,
    ImportAccount,
    ReasonCount,
    UnverifiedRule,
)
from freehold.reports.content_findings import Waiver
from freehold.reports.content_parts import SEVERITIES

_EXAMPLES = 5


def completeness(
    connection: duckdb.DuckDBPyConnection, judgement: Judgement, *, estate: str = "estate"
) -> Completeness:
    """Return how many resources, and how much of the invoiced cost, have a decided verdict.

    A resource counts as judged where a rule on it, or on a placement of it, was decided. Its cost
    is the effective cost, else the billed one, as the imports took it over.
    """
    judged = judgement.judged
    on_resources = _list(rule_ids(judged.rules, "resources"))
    on_placements = _list(rule_ids(judged.rules, "placements"))
    verdicts = qualified(judged.store, "verdicts")
    decided = f"SELECT subject_id FROM {verdicts} WHERE result <> 'unknown' AND rule_id IN"
    seen = (
        f"{decided} {on_resources} UNION SELECT resource FROM"
        f" {qualified(judged.views, 'placements')} WHERE resource IS NOT NULL"
        f" AND placement IN ({decided} {on_placements})"
    )
    resources = qualified(estate, "resources")
    total, known, without_cost = one(
        connection,
        f"WITH seen AS ({seen}) SELECT count(*),"
        " count(*) FILTER (resource_id IN (SELECT subject_id FROM seen)),"
        " count(*) FILTER (coalesce(effective_cost, billed_cost, cost_monthly) IS NULL)"
        f" FROM {resources}",
    )
    carried = connection.execute(
        f"WITH seen AS ({seen}) SELECT cost_currency,"
        " sum(coalesce(effective_cost, billed_cost)),"
        " coalesce(sum(coalesce(effective_cost, billed_cost))"
        " FILTER (resource_id IN (SELECT subject_id FROM seen)), 0)"
        f" FROM {resources} WHERE cost_currency IS NOT NULL"
        " AND coalesce(effective_cost, billed_cost) IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    accounts = _accounts(connection, estate)
    invoiced: dict[str, Decimal] = {}
    for account in accounts:
        for currency, amount in account.invoiced.items():
            invoiced[currency] = invoiced.get(currency, Decimal(0)) + amount
    on_estate = {currency: (total_cost, part) for currency, total_cost, part in carried}
    nothing = (Decimal(0), Decimal(0))
    return Completeness(
        resources=total,
        resources_judged=known,
        resources_without_cost=without_cost,
        currencies=tuple(
            CurrencyLine(
                currency=currency,
                invoiced=invoiced.get(currency),
                carried=on_estate.get(currency, nothing)[0],
                judged=on_estate.get(currency, nothing)[1],
            )
            for currency in sorted({*invoiced, *on_estate})
        ),
        accounts=accounts,
    )


def _list(rules: list[str]) -> str:
    return f"({', '.join(map(literal, rules))})" if rules else "(NULL)"


def _accounts(connection: duckdb.DuckDBPyConnection, estate: str) -> tuple[ImportAccount, ...]:
    rows = connection.execute(
        "SELECT source_name, kind, sha256, imported_at, read, imported, skipped, unknown,"
        " cost_column, currency_totals, resource_totals"
        f" FROM {qualified(estate, 'import_accounts')}"
        " ORDER BY imported_at, import_id, source_name"
    ).fetchall()
    return tuple(
        ImportAccount(
            source_name=row[0] or "",
            kind=row[1],
            sha256=row[2],
            imported_at=row[3],
            read=row[4] or 0,
            imported=row[5] or 0,
            skipped=tuple(ReasonCount.model_validate(item) for item in _json(row[6], [])),
            unknown=tuple(ReasonCount.model_validate(item) for item in _json(row[7], [])),
            cost_column=row[8],
            # Money promised ahead is in the account but was not invoiced.
            invoiced={} if row[1] == "focus_commitments" else _totals(row[9]),
            carried=_totals(row[10]),
        )
        for row in rows
    )


def _json(text: str | None, default: Any) -> Any:
    return json.loads(text, parse_float=Decimal) if text else default


def _totals(text: str | None) -> dict[str, Decimal]:
    return {currency: Decimal(str(amount)) for currency, amount in _json(text, {}).items()}


def unverified(
    connection: duckdb.DuckDBPyConnection, judgement: Judgement
) -> tuple[UnverifiedRule, ...]:
    """Return the rules with verdicts that hang on, or were decided on, unverified facts."""
    judged = judgement.judged
    rows = connection.execute(
        "SELECT rule_id, count(*) FILTER (result = 'unknown' AND if_confirmed = 'fail'),"
        " count(*) FILTER (result = 'unknown' AND if_confirmed IN ('pass', 'not_applicable')),"
        " count(*) FILTER (result <> 'unknown' AND reason = 'unverified'),"
        f" list_sort(list(DISTINCT subject_id))[1:{_EXAMPLES}]"
        f" FROM {qualified(judged.store, 'verdicts')} WHERE reason = 'unverified'"
        " GROUP BY rule_id HAVING count(*) > 0"
    ).fetchall()
    found = []
    for rule_id, would_fail, would_pass, flagged, examples in rows:
        compiled = judged.rule(rule_id)
        documented = compiled.view.documented
        found.append(
            UnverifiedRule(
                rule_id=rule_id,
                title=compiled.rule.title,
                severity=compiled.rule.severity,
                would_fail=would_fail,
                would_pass=would_pass,
                flagged=flagged,
                columns=tuple(name for name in compiled.columns if documented[name].verified),
                examples=tuple(examples),
            )
        )
    found.sort(key=lambda row: (SEVERITIES.index(row.severity), -row.would_fail, row.rule_id))
    return tuple(found)


def confirmations(
    connection: duckdb.DuckDBPyConnection, *, estate: str = "estate"
) -> tuple[Confirmation, ...]:
    """Return the changes of the base that confirm or override catalogue facts."""
    rows = connection.execute(
        "SELECT target, coalesce(key, where_sql, ''), column_name, value, author, made_at, source,"
        f" reason FROM {qualified(estate, 'changes')} WHERE scenario_id IS NULL"
        " AND enabled IS NOT FALSE AND target IN (SELECT table_name FROM duckdb_tables()"
        " WHERE schema_name = 'catalogue' UNION SELECT view_name FROM duckdb_views()"
        " WHERE schema_name = 'catalogue')"
        f" AND target NOT IN (SELECT table_name FROM duckdb_tables() WHERE schema_name = ?)"
        " ORDER BY position, change_id",
        [estate],
    ).fetchall()
    names = ("target", "key", "column", "value", "author", "made_at", "source", "reason")
    return tuple(
        Confirmation.model_validate(
            dict(zip(names, row, strict=True)) | {"column": row[2] or "whole row"}
        )
        for row in rows
    )


def assumed(
    connection: duckdb.DuckDBPyConnection, *, views: str = "views"
) -> tuple[AssumedAnswer, ...]:
    """Return the framework answers that were assumed."""
    rows = connection.execute(
        "SELECT coalesce(s.name, a.service, a.provider, ''), a.criterion, a.option, a.basis,"
        f" a.evidence FROM {qualified(views, 'answers')} a"
        f" LEFT JOIN {qualified(views, 'services')} s USING (service)"
        " WHERE a.basis = 'assumed' AND a.option IS NOT NULL AND a.criterion IS NOT NULL"
        " ORDER BY 1, 2, a.answer"
    ).fetchall()
    names = ("service", "criterion", "option", "basis", "evidence")
    return tuple(AssumedAnswer.model_validate(dict(zip(names, row, strict=True))) for row in rows)


def waivers(judgement: Judgement) -> tuple[Waiver, ...]:
    """Return every waiver with its state at the as-of date."""
    titles = {result.id: result.title for result in judgement.rules}
    found = [_waiver(state, titles) for state in judgement.waivers]
    return tuple(sorted(found, key=lambda waiver: waiver.waiver_id))


def _waiver(state: WaiverState, titles: dict[str, str]) -> Waiver:
    given = state.waiver
    return Waiver.model_validate(
        {
            "waiver_id": given.waiver_id,
            "rule_id": given.rule_id,
            "rule_title": titles.get(given.rule_id),
            "subject_id": given.subject_id,
            "scope": given.scope,
            "category": given.category,
            "reason": given.reason,
            "requester": given.requester,
            "owner": given.owner,
            "approver": given.approver,
            "approved_on": given.approved_on,
            "expires_on": given.expires_on,
            "compensating_control": given.compensating_control,
            "evidence": given.evidence,
            "matched_at_approval": given.matched_count,
            "matched_now": state.waived + state.left_failing,
            "left_failing": state.left_failing,
            "state": state.state,
            "sentence": state.sentence,
        }
    )
