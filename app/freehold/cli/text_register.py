"""Waivers, kept runs, the findings register and the calendar in words."""

from collections.abc import Callable
from typing import Any

from freehold.cli.tables import table
from freehold.workflows import results_register as r


def _score(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.1f}"


def _waivers(result: r.WaiverList) -> str:
    scores = result.scores
    head = f"{result.document}, as of {result.as_of}: {len(result.waivers)} waivers"
    said = (
        f"Score {_score(scores.before_waivers)} before waivers, {_score(scores.after_waivers)} "
        f"after, {_score(scores.worst_case)} if all unknown fail"
    )
    rows = table(
        ("waiver", "rule", "state", "covers", "left failing", "expires", "owner", "approver"),
        [
            (w.waiver_id, w.rule_id, w.state, w.waived, w.left_failing, w.expires_on, w.owner,
             w.approver)
            for w in result.waivers
        ],
    )  # fmt: skip
    notes = [
        f"{w.waiver_id}: {w.sentence}."
        for w in result.waivers
        if w.state not in ("active", "unmatched")
    ]
    return "\n\n".join(part for part in (head, said, rows, "\n".join(notes)) if part)


def _signed(value: float | None) -> str:
    return "unknown" if value is None else f"{value:+,.1f}"


def _runs(result: r.RunList) -> str:
    if not result.runs:
        return "No run is kept yet. Keep one with: freehold score FILE --keep"
    rows = table(
        ("run", "scenario", "as of", "made at", "score", "fail", "unknown", "judged again"),
        [
            (x.run_id[:12], x.scenario, x.as_of, x.made_at, x.score, x.verdicts.get("fail"),
             x.verdicts.get("unknown"), x.can_be_judged_again)
            for x in result.runs
        ],
    )  # fmt: skip
    return f"{rows}\n\nThe document keeps {result.keep} runs; older ones go."


def _comparison(result: r.RunComparison) -> str:
    before, after = result.before, result.after
    head = (
        f"{before.run_id[:12]} ({before.scenario}, as of {before.as_of}) to "
        f"{after.run_id[:12]} ({after.scenario}, as of {after.as_of}): "
        f"{result.findings} verdicts differ, score {_signed(result.score)} before waivers, "
        f"{_signed(result.score_after_waivers)} after"
    )
    absent = "not there"
    parts = [
        head,
        table(
            ("cause", "verdicts moved", "fails", "score", "what differs"),
            [
                (c.cause, c.findings, c.verdicts.get("fail"), _signed(c.score),
                 ", ".join(c.changed[:6]))
                for c in result.causes
            ],
        ),
        table(
            ("before", "after", "verdicts"),
            [(m.before or absent, m.after or absent, m.count) for m in result.moved],
        ),
        table(
            ("rule", "subject", "before", "after", "because of"),
            [
                (c.rule, c.subject, c.before or absent, c.after or absent, ", ".join(c.causes))
                for c in result.changed
            ],
        ),
    ]  # fmt: skip
    if result.not_attributed_because:
        parts.insert(1, f"The causes cannot be told apart: {result.not_attributed_because}")
    return "\n\n".join(part for part in parts if part)


def _findings(result: r.FindingList) -> str:
    rows = table(
        ("rule", "subject", "severity", "now", "status", "owner", "due", "first seen", "reopened"),
        [
            (f.rule, f.subject, f.severity, f.result or "not judged", f.status or "-",
             f.owner or "-", f"{f.due_on} !" if f.overdue else f.due_on or "-",
             f.first_seen or "-", f.reopened)
            for f in result.findings
        ],
    )  # fmt: skip
    head = f"{len(result.findings)} of {result.total} findings as of {result.as_of}"
    return f"{head}\n\n{rows}" if rows else head


def _deadlines(result: r.Deadlines) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in result.within.items())
    rows = table(
        ("on", "days", "kind", "what", "provider", "source"),
        [
            (d.on, d.days, d.kind.replace("_", " "), d.what if d.verified else f"{d.what} †",
             d.provider or "-", d.source or "-")
            for d in result.deadlines
        ],
    )  # fmt: skip
    parts = [f"{result.document}, as of {result.as_of}: {counts}", rows]
    if any(not d.verified for d in result.deadlines):
        parts.append("† rests on a fact that nobody has verified")
    if result.ics:
        parts.append(f"Wrote {result.ics}")
    return "\n\n".join(part for part in parts if part)


LAYOUTS: dict[type[Any], Callable[[Any], str]] = {
    r.WaiverList: _waivers,
    r.RunList: _runs,
    r.RunComparison: _comparison,
    r.FindingList: _findings,
    r.Deadlines: _deadlines,
}
