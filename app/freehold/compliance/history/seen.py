"""When a finding was first and last seen, and how often it came back, from the kept runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from freehold.compliance.history import verdicts
from freehold.compliance.history.keeping import KeptRun, file_of
from freehold.estate import Workspace
from freehold.estate.sandbox import private_folder, sandbox
from freehold.estate.sql import literal, quoted

_OPEN = tuple(str(verdicts.RESULTS.index(name)) for name in ("fail", "waived"))


@dataclass(frozen=True, slots=True)
class Seen:
    """The as-of dates of the first and last kept run in which it failed, and its returns."""

    first: date
    last: date
    reopened: int


def seen(
    workspace: Workspace, runs: Iterable[KeptRun], rules: Iterable[str]
) -> dict[tuple[str, str], Seen]:
    """Return, by rule and subject, when a finding of these rules was seen in kept runs.

    A finding is one that fails, waived or not. It was reopened as often as it failed again after a
    run that judged its rule without it failing. Runs of scenarios do not count.

    Args:
        workspace: the open document; only its attachments are read.
        runs: its kept runs.
        rules: only these rules.
    """
    counted = sorted(
        (run for run in runs if run.scenario == "base"),
        key=lambda run: (run.as_of, str(run.made_at or ""), run.run_id),
    )
    wanted = sorted(set(rules))
    if not counted or not wanted:
        return {}
    with private_folder() as folder, sandbox() as private:
        known = verdicts.lay_out(
            private,
            {f"r{place}": file_of(workspace, run) for place, run in enumerate(counted)},
            folder,
            "kept runs",
        )
        parts = [
            f"SELECT {place} AS run, DATE {literal(run.as_of.isoformat())} AS as_of,"
            f" {literal(rule)} AS rule_id, subject_id,"
            f" {quoted(rule)} % {verdicts.BASE} IN ({', '.join(_OPEN)}) AS fails"
            f" FROM r{place} WHERE {quoted(rule)} IS NOT NULL"
            for place, run in enumerate(counted)
            for rule in wanted
            if rule in known[f"r{place}"]
        ]
        if not parts:
            return {}
        # A subject that a run does not know did not fail in it, so runs are numbered per rule.
        found = private.execute(
            f"WITH told AS ({' UNION ALL '.join(parts)}),"
            " numbered AS (SELECT rule_id, run, row_number() OVER (PARTITION BY rule_id"
            " ORDER BY run) AS n FROM (SELECT DISTINCT rule_id, run FROM told)),"
            " failing AS (SELECT DISTINCT t.rule_id, subject_id, as_of, n FROM told t"
            " JOIN numbered USING (rule_id, run) WHERE fails),"
            " stepped AS (SELECT *, n - lag(n) OVER (PARTITION BY rule_id, subject_id ORDER BY n)"
            " AS step FROM failing)"
            " SELECT rule_id, subject_id, min(as_of), max(as_of), count(*) FILTER (step > 1)"
            " FROM stepped GROUP BY ALL"
        ).fetchall()
    return {(row[0], row[1]): Seen(row[2], row[3], int(row[4])) for row in found}
