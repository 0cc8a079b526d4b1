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


LAYOUTS: dict[type[Any], Callable[[Any], str]] = {r.WaiverList: _waivers}
