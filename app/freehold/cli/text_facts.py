"""Unverified facts and the verdicts that rest on them, in words."""

from freehold.cli.tables import table
from freehold.workflows.results_facts import FactList

MOST_ROWS = 40


def facts(result: FactList) -> str:
    """Return what rests on unverified facts, the rows to confirm first."""
    parts = [
        f"{result.document}, as of {result.as_of}: {len(result.verdicts)} verdicts rest on "
        f"unverified facts, {result.would_fail} would fail if they are confirmed.",
        table(
            ("table", "key", "verdicts", "would fail"),
            [(f.table, _key(f.key), f.verdicts, f.would_fail) for f in result.facts[:MOST_ROWS]],
        ),
        table(
            ("rule", "severity", "subject", "now", "if confirmed"),
            [
                (v.rule, v.severity, v.subject, v.verdict, v.if_confirmed)
                for v in result.verdicts[:MOST_ROWS]
            ],
        ),
    ]
    longest = max(len(result.facts), len(result.verdicts))
    if longest > MOST_ROWS:
        parts.append(f"The first {MOST_ROWS} of each are shown; --json gives all.")
    parts += [
        f"Confirmed: {c.table} {_key(c.key)} by {c.author}, {c.source}."
        for c in result.confirmations
    ]
    return "\n\n".join(part for part in parts if part)


def _key(key: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in key.items())
