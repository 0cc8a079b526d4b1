"""Say why a rule decided as it did on one subject."""

from datetime import date
from pathlib import Path

from freehold import compliance
from freehold.scenarios import BASE, run
from freehold.workflows.documents import reading


def explain(
    path: Path,
    rule: str,
    subject: str,
    *,
    scenario: str | None = None,
    as_of: date | None = None,
) -> compliance.Explanation:
    """Explain one verdict: the values used, where they came from, and the smallest change.

    Raises:
        RuleError: there is no such rule among the document's packs.
        InputError: the rule has no such subject.
    """
    with reading(path) as workspace:
        result = run(workspace, scenario or BASE, as_of=as_of)
        return compliance.explain(workspace.connection, result.judgement, rule, subject)
