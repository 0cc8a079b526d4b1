"""Questions to an estate already judged: explain one subject, score again with other weights."""

from pathlib import Path

from freehold.compliance import explain, explain_subject, findings, judge, packs, rescore
from tests.bench.estates import AS_OF, generated_workspace
from tests.bench.figures import Figure, counted, peak_memory, timed


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Explain all rules of one resource, list a page of findings and score again, unjudged."""
    workspace = generated_workspace(size)
    connection = workspace.connection
    workspace.publish()
    chosen = packs.choose(workspace.packs)
    result = judge(connection, chosen, AS_OF)
    # The busiest view of subjects, and the subject in its middle.
    by_view: dict[str, list[str]] = {}
    for stored in result.judged.stored:
        by_view.setdefault(stored.subjects, []).extend(rule.rule_id for rule in stored.rules)
    filled = {
        view: subjects
        for view in by_view
        if (subjects := connection.execute(f'SELECT count(*) FROM views."{view}"').fetchall())
        and subjects[0][0] >= size
    }
    view = max(filled, key=lambda name: len(by_view[name]))
    rules = by_view[view]
    table = next(s.table for s in result.judged.stored if s.subjects == view)
    subject = str(
        connection.execute(
            f"SELECT subject_id FROM {table} ORDER BY subject_id LIMIT 1 OFFSET {size // 2}"
        ).fetchall()[0][0]
    )

    def explain_all() -> None:
        for rule in rules:
            explain(connection, result, rule, subject)

    return [
        timed("explain", runs, explain_all),
        timed("explain at once", runs, lambda: explain_subject(connection, result, view, subject)),
        counted("rules explained", "rules", len(rules)),
        timed("list findings", runs, lambda: findings(connection, result, limit=100)),
        timed("score again", runs, lambda: rescore(connection, result.judged, chosen)),
        peak_memory(),
    ]
