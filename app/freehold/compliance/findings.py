"""Findings: who fails (or is unknown), with the evidence, a sentence, the fix and the source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from freehold.compliance.compiled import PLACEHOLDER, Compiled, unverified_name
from freehold.compliance.engine import Judged, quoted
from freehold.compliance.evaluating import by_view
from freehold.compliance.fuse import FAIL, PASS, Source, codes
from freehold.compliance.judgement import Judgement
from freehold.compliance.rule import SEVERITIES
from freehold.compliance.rule import Source as RuleSource
from freehold.estate.dictionary import Column

Value = str | bool | int | float | Decimal | date | None

UNKNOWN_WORD = "unknown"
"""How a value that nobody has told stands in a sentence."""


@dataclass(frozen=True)
class Finding:
    """One rule and subject that does not pass.

    `row_id` names the row shown where the rule rolls several rows up to the subject, `rows` how
    many rows there are and `failing_rows` how many of them fail. `missing` are the columns the
    rule reads that are not told, `unverified` those told but not verified.
    """

    rule_id: str
    pack: str
    title: str
    severity: str
    subject_view: str
    subject_id: str
    row_id: str | None
    rows: int
    result: str
    reason: str | None
    if_confirmed: str | None
    waiver_id: str | None
    says: str
    fix: str
    source: RuleSource | None
    basis: str
    evidence: dict[str, Value]
    missing: tuple[str, ...]
    unverified: tuple[str, ...]
    failing_rows: int = 1

    @property
    def rests_on_unverified(self) -> bool:
        """Whether an unverified fact stands among what the rule reads."""
        return bool(self.unverified)


@dataclass(frozen=True)
class Findings:
    """One page of findings, the number of all of them, and their number per rule."""

    total: int
    rows: tuple[Finding, ...]
    by_rule: dict[str, int]


def findings(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged | Judgement,
    *,
    results: Sequence[str] = ("fail",),
    rules: Iterable[str] | None = None,
    severities: Iterable[str] | None = None,
    subject_id: str | None = None,
    limit: int | None = 100,
    offset: int = 0,
) -> Findings:
    """Return findings, the worst severity first, then by rule and subject.

    Args:
        connection: the workspace's connection, its verdicts still in `judged.store`.
        judged: what was judged.
        results: which results to list: fail, unknown, waived, pass.
        rules: only these rules.
        severities: only rules of these severities.
        subject_id: only this subject.
        limit: at most so many; None for all.
        offset: how many to pass over.
    """
    judged = judged.judged if isinstance(judged, Judgement) else judged
    wanted = None if rules is None else set(rules)
    graded = None if severities is None else set(severities)
    order = {name: place for place, name in enumerate(SEVERITIES)}
    chosen = sorted(
        (
            rule
            for rule in judged.rules
            if (wanted is None or rule.rule.id in wanted)
            and (graded is None or rule.rule.severity in graded)
        ),
        key=lambda rule: (order[rule.rule.severity], -rule.rule.weight, rule.rule.id),
    )
    verdicts = f"{quoted(judged.store)}.verdicts"
    if limit is None:  # they are a view of codes, so for every page they are looked up in it once
        connection.execute(f"CREATE OR REPLACE TEMP TABLE found_verdicts AS FROM {verdicts}")
        verdicts = "found_verdicts"
    counts = _counts(connection, verdicts, results, subject_id)
    by_rule = {rule.rule.id: counts[rule.rule.id] for rule in chosen if rule.rule.id in counts}
    among = (verdicts, results)
    whole: dict[str, list[Finding]] = {}
    if limit is None and not offset:
        for alike in by_view(rule for rule in chosen if rule.rule.id in by_rule).values():
            for parent in dict.fromkeys(rule.parent_column for rule in alike):
                group = [rule for rule in alike if rule.parent_column == parent]
                whole |= _together(connection, judged, group, among, subject_id)
    rows: list[Finding] = []
    skip, left = offset, limit
    for rule in chosen:
        n = by_rule.get(rule.rule.id, 0)
        if skip >= n:
            skip -= n
            continue
        if left is not None and left <= 0:
            break
        page = whole.get(rule.rule.id)
        if page is None:
            page = _page(connection, judged, rule, among, (subject_id, left, skip))
        rows += page
        skip = 0
        left = None if left is None else left - len(page)
    if limit is None:
        connection.execute("DROP TABLE found_verdicts")
    return Findings(sum(by_rule.values()), tuple(rows), by_rule)


def sentence(column: Column) -> str:
    """Return SQL that puts a column's value into a sentence."""
    name = quoted(column.name)
    if column.type == "bool":
        text = f"CASE WHEN {name} THEN 'yes' WHEN NOT {name} THEN 'no' END"
    elif column.type == "share":
        text = f"{_plain(f'CAST(round({name} * 100, 1) AS VARCHAR)')} || ' %'"
    elif column.type == "money":
        text = f"format('{{:,.2f}}', CAST({name} AS DOUBLE))"
    elif column.type == "num":
        text = _plain(f"CAST(round({name}, 4) AS VARCHAR)")
    else:
        text = f"CAST({name} AS VARCHAR)"
    return f"coalesce({text}, '{UNKNOWN_WORD}')"


def _plain(number: str) -> str:
    return (
        f"CASE WHEN contains({number}, '.') THEN rtrim(rtrim({number}, '0'), '.') ELSE {number} END"
    )


def says_sql(rule: Compiled) -> str:
    """Return SQL for the rule's sentence with its columns filled in."""
    documented = rule.view.documented
    parts: list[str] = []
    last = 0
    text = rule.rule.says or rule.rule.title
    for match in PLACEHOLDER.finditer(text):
        parts += [_literal(text[last : match.start()]), sentence(documented[match[1]])]
        last = match.end()
    parts.append(_literal(text[last:]))
    return " || ".join(part for part in parts if part != "''") or "''"


def undecided(says: str, missing: Sequence[str]) -> str:
    """Return the sentence of an undecided finding, which must not assert what the rule looks for.

    `missing` are the columns that the rule reads and nobody has told.
    """
    lack = ", ".join(name.replace("_", " ") for name in missing)
    return f"Not decided ({lack} not told). To check: {says}" if lack else f"Not decided: {says}"


def _counts(
    connection: duckdb.DuckDBPyConnection,
    verdicts: str,
    results: Sequence[str],
    subject_id: str | None,
) -> dict[str, int]:
    marks = ", ".join("?" * len(results))
    only = " AND subject_id = ?" if subject_id is not None else ""
    found = connection.execute(
        f"SELECT rule_id, count(*) FROM {verdicts}"
        f" WHERE result IN ({marks}){only} GROUP BY rule_id",
        [*results, *([subject_id] if subject_id is not None else [])],
    )
    return {str(row[0]): int(row[1]) for row in found.fetchall()}


def _page(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rule: Compiled,
    among: tuple[str, Sequence[str]],
    window: tuple[str | None, int | None, int],
) -> list[Finding]:
    verdicts, results = among
    subject_id, limit, offset = window
    marks = ", ".join("?" * len(results))
    values: list[Any] = [rule.rule.id, *results]
    only = ""
    if subject_id is not None:
        only = " AND subject_id = ?"
        values.append(subject_id)
    page = (
        "SELECT subject_id, result, reason, if_confirmed, waiver_id"
        f" FROM {verdicts} WHERE rule_id = ? AND result IN ({marks}){only}"
        " ORDER BY subject_id" + ("" if limit is None else f" LIMIT {limit}") + f" OFFSET {offset}"
    )
    columns = _columns([rule])
    statement = (
        f"WITH page AS ({page}) SELECT page.*, rows, failing_rows, row_id, {says_sql(rule)} AS says"
        f"{''.join(f', {quoted(name)}' for name in columns)} FROM page"
        f" LEFT JOIN ({rows_sql(judged, rule)}) shown"
        " ON shown.finding_subject = page.subject_id ORDER BY page.subject_id"
    )
    found = connection.execute(statement, values).fetchall()
    return [_finding(rule, row[:9], dict(zip(columns, row[9:], strict=True))) for row in found]


def _together(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Sequence[Compiled],
    among: tuple[str, Sequence[str]],
    subject_id: str | None,
) -> dict[str, list[Finding]]:
    """Return the findings by rule of rules that read one view and roll it up alike.

    One statement for them all: a statement over a wide view costs more than its rows.
    """
    verdicts, results = among
    view = rules[0].view
    columns = _columns(rules)
    key = f"shown.{quoted(view.key[0])}"

    says = " ".join(f"WHEN {_literal(rule.rule.id)} THEN {says_sql(rule)}" for rule in rules)
    statement = (
        "WITH page AS (SELECT rule_id AS found_rule, subject_id AS found_subject, result AS"
        " found_result, reason AS found_reason, if_confirmed AS found_confirmed, waiver_id AS"
        f" found_waiver FROM {verdicts} WHERE rule_id IN ({', '.join('?' * len(rules))})"
        f" AND result IN ({', '.join('?' * len(results))})"
        f"{'' if subject_id is None else ' AND subject_id = ?'}),"
        f" decided AS ({_decided(judged, rules)})"
        f" SELECT page.*, decided.rows, decided.failing_rows, {key},"
        f" CASE page.found_rule {says} END"
        f"{''.join(f', shown.{quoted(name)}' for name in columns)} FROM page"
        " LEFT JOIN decided ON decided.subject = page.found_subject"
        f"{' AND decided.rule = page.found_rule' if rules[0].parent else ''}"
        f" LEFT JOIN {quoted(judged.views)}.{quoted(view.name)} shown"
        f" ON {key} = decided.row ORDER BY page.found_subject"
    )
    values = [*(rule.rule.id for rule in rules), *results]
    values += [] if subject_id is None else [subject_id]
    by_id = {rule.rule.id: rule for rule in rules}
    made: dict[str, list[Finding]] = {}
    for row in connection.execute(statement, values).fetchall():
        given = dict(zip(columns, row[10:], strict=True))
        made.setdefault(row[0], []).append(_finding(by_id[row[0]], row[1:10], given))
    return made


def _decided(judged: Judged, rules: Sequence[Compiled]) -> str:
    """Return a query of the row that decides for each subject, and each rule where they roll up."""
    view = f"{quoted(judged.views)}.{quoted(rules[0].view.name)}"
    key, parent = quoted(rules[0].view.key[0]), rules[0].parent
    if parent is None:
        return f"SELECT {key} AS subject, {key} AS row, 1 AS rows, 1 AS failing_rows FROM {view}"
    source = Source(
        f"(SELECT * FROM {view} SEMI JOIN page ON found_subject = {quoted(parent.key[0])})",
        key,
        {parent.name: quoted(parent.key[0])},
    )
    documented = rules[0].view.documented
    masked = frozenset(n for rule in rules for n in rule.columns if documented[n].verified)
    statement, columns = codes(rules, source, masked)
    told = []
    for rule, (as_told, kept) in zip(rules, columns, strict=True):
        code = kept if rule.rule.masks else as_told
        told.append(
            f"{{'rule': {_literal(rule.rule.id)}, 'code': {code}, 'rank': {_ranked(code, rule)}}}"
        )
    each = f"PARTITION BY u.rule, {quoted('parent_' + parent.name)}"
    return (
        f"SELECT u.rule AS rule, {quoted('parent_' + parent.name)} AS subject, subject_id AS row,"
        f" count(*) OVER ({each}) AS rows,"
        f" count(*) FILTER (u.code = {FAIL}) OVER ({each}) AS failing_rows"
        f" FROM (SELECT *, unnest([{', '.join(told)}]) AS u"
        f" FROM ({statement}))"
        f" QUALIFY row_number() OVER ({each} ORDER BY u.rank DESC, subject_id) = 1"
    )


def _ranked(code: str, rule: Compiled) -> str:
    """Return SQL of a code's rank: for 'some' the best row decides, otherwise the worst."""
    if rule.rule.quantifier == "some":
        return f"CASE {code} WHEN {PASS} THEN {FAIL} WHEN {FAIL} THEN {PASS} ELSE {code} END"
    return code


def _shown(rule: Compiled) -> list[str]:
    """Return the columns that stand beside a finding of the rule."""
    return list(dict.fromkeys(rule.rule.evidence or rule.columns))


def _columns(rules: Sequence[Compiled]) -> list[str]:
    """Return the columns that findings of rules of one view are made of, each once."""
    documented = rules[0].view.documented
    names = [name for rule in rules for name in (*_shown(rule), *rule.columns)]
    flags = [unverified_name(name) for name in names if documented[name].verified]
    return list(dict.fromkeys([*names, *flags]))


def _finding(rule: Compiled, row: Sequence[Any], values: Mapping[str, Any]) -> Finding:
    subject, result, reason, confirmed, waiver, rows, failing, row_id, says = row
    given = {name: values[name] for name in _shown(rule)}
    if rule.parent_column in given and given[rule.parent_column] is None:
        given[rule.parent_column] = subject
    missing = tuple(name for name in rule.columns if values[name] is None)
    unverified = tuple(
        name
        for name in rule.columns
        if values[name] is not None and values.get(unverified_name(name)) is False
    )
    return Finding(
        rule_id=rule.rule.id,
        pack=rule.pack,
        title=rule.rule.title,
        severity=rule.rule.severity,
        subject_view=rule.subjects.name,
        subject_id=subject,
        row_id=row_id if rule.parent else None,
        rows=rows or 0,
        result=result,
        reason=reason,
        if_confirmed=confirmed,
        waiver_id=waiver,
        says=undecided(says, missing) if result == "unknown" else says,
        fix=rule.rule.fix,
        source=rule.rule.source,
        basis=rule.rule.basis,
        evidence=given,
        missing=missing,
        unverified=unverified,
        failing_rows=failing or 0,
    )


def rows_sql(judged: Judged, rule: Compiled, only: str | None = None) -> str:
    """Return a query of the rule's rows by `finding_subject`, one each: the row that decides.

    It carries `row_id`, `rows` (how many the subject has), `failing_rows` and every column of the
    view; `only` is SQL of the rows to read, if not all.
    """
    view = f"{quoted(judged.views)}.{quoted(rule.view.name)}"
    if only is not None:
        view = f"(SELECT * FROM {view} WHERE {only})"
    key = quoted(rule.view.key[0])
    if rule.parent is None:
        return (
            f"SELECT {key} AS finding_subject, {key} AS row_id, 1 AS rows, 1 AS failing_rows, *"
            f" FROM {view}"
        )
    parent = quoted(rule.parent.key[0])
    masked = frozenset(
        name for name in rule.columns if rule.view.documented[name].verified and rule.rule.masks
    )
    statement, columns = codes([rule], Source(view, key, {}), masked)
    code = columns[0][1]
    return (
        f"SELECT v.{parent} AS finding_subject, v.{key} AS row_id,"
        f" count(*) OVER (PARTITION BY v.{parent}) AS rows,"
        f" count(*) FILTER ({code} = {FAIL}) OVER (PARTITION BY v.{parent}) AS failing_rows, v.*"
        f" FROM {view} v"
        f" JOIN ({statement}) coded ON coded.subject_id = v.{key} WHERE v.{parent} IS NOT NULL"
        f" QUALIFY row_number() OVER (PARTITION BY v.{parent} ORDER BY {_ranked(code, rule)} DESC,"
        f" v.{key}) = 1"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
