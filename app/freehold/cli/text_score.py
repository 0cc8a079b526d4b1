"""A judged document in words: level, frameworks and packs, then the failing rules, worst first."""

from freehold.cli.tables import level, number, percent, table
from freehold.compliance.rule import SEVERITIES
from freehold.workflows import results as r

LISTED = 60
"""So many failing rules are listed whole; of more, the medium and low ones are counted by pack."""


def score(result: r.ScoreResult) -> str:
    """Return a judged document: level, frameworks, packs, what fails and what was not judged."""
    verdicts = ", ".join(f"{count} {name}" for name, count in result.verdicts.items())
    parts = [
        f"{result.document}, {result.scenario}, as of {result.as_of}, weights {result.weights}",
        f"Level {level(result.seal, result.seal_low, result.seal_high)}; "
        f"score {number(result.score)} of 100 before waivers, {number(result.score_after_waivers)} "
        f"after, {number(result.score_worst_case)} if all unknown fail; "
        f"coverage {percent(result.coverage)}",
        f"Verdicts: {verdicts.replace('_', ' ')}",
        _tried(result),
        _frameworks(result),
        _packs(result),
        *_failing(result),
        table(
            ("not evaluated", "why"),
            [(n.get("id", ""), n.get("reason", "")) for n in result.not_evaluated],
        ),
    ]
    return "\n\n".join(part for part in [*parts, *result.notices] if part)


def _tried(result: r.ScoreResult) -> str:
    if result.tried is None:
        return ""
    rows = [(t.id, t.weight, t.score, t.fail, t.unknown) for t in result.tried.rules]
    return (
        f"With {', '.join(result.tried.changes)}: score {number(result.tried.score)} of 100,"
        f" coverage {percent(result.tried.coverage)}\n"
        + table(("tried", "weight", "score", "fails", "unknown"), rows)
    )


def _frameworks(result: r.ScoreResult) -> str:
    shown, idle = _asked(result, "framework")
    rows = [
        (
            f.title,
            "" if f.level is None else f.level,
            f.score,
            f.score_after_waivers,
            f.score_worst_case,
            percent(f.coverage),
            ", ".join(f.capped_by[:3]),
        )
        for f in shown
    ]
    head = ("framework", "level", "score", "waived", "worst", "coverage", "held down by")
    return _with_idle(table(head, rows), idle)


def _packs(result: r.ScoreResult) -> str:
    """Return per pack its score, how many rules fail by severity, and how many are undecided."""
    shown, idle = _asked(result, "pack")
    rows = []
    for pack in shown:
        mine = [x for x in result.rules if x.pack == pack.id]
        fails = [sum(1 for x in mine if x.fail and x.severity == s) for s in SEVERITIES]
        undecided = sum(1 for x in mine if x.unknown and not x.fail)
        held = ", ".join(pack.capped_by[:3])
        counts = [n or "" for n in (*fails, undecided)]
        rows.append((pack.title, pack.score, percent(pack.coverage), *counts, len(mine), held))
    head = (
        "pack, failing rules",
        "score",
        "coverage",
        *SEVERITIES,
        "open",
        "rules",
        "held down by",
    )
    return _with_idle(table(head, rows), idle)


def _asked(
    result: r.ScoreResult, kind: str
) -> tuple[list[r.FrameworkScore], list[r.FrameworkScore]]:
    """Return the frameworks or packs that decide anything, and those that do not."""
    group = [f for f in result.frameworks if f.kind == kind]
    idle = [f for f in group if f.level is None and f.score is None and not f.coverage]
    return [f for f in group if f not in idle], idle


def _with_idle(lines: str, idle: list[r.FrameworkScore]) -> str:
    names = "; ".join(f.title for f in idle)
    note = f"Nothing decided or not asked: {names}" if idle else ""
    return "\n".join(part for part in (lines, note) if part)


def _failing(result: r.ScoreResult) -> list[str]:
    failing = [x for x in result.rules if x.fail]
    listed = SEVERITIES if len(failing) <= LISTED else SEVERITIES[:2]
    parts = []
    for severity in listed:
        rules = sorted(
            (x for x in failing if x.severity == severity), key=lambda x: (x.pack, -x.fail, x.id)
        )
        rows = [(x.pack, x.id, x.fail, x.passed, x.unknown, x.title) for x in rules]
        head = (f"{severity} fails", "rule", "fail", "pass", "unknown", "title")
        parts.append(table(head, rows))
    rest = sum(1 for x in failing if x.severity not in listed)
    if rest:
        parts.append(
            f"{rest} more rules of medium or low severity fail; list them with --pack ID, or all "
            "with --json."
        )
    else:
        undecided = [x for x in result.rules if x.unknown and not x.fail]
        open_rules = [(x.pack, x.id, x.severity, x.passed, x.unknown, x.title) for x in undecided]
        parts.append(
            table(("undecided", "rule", "severity", "pass", "unknown", "title"), open_rules)
        )
    return parts
