"""Questions to a judged reference estate: explain a subject, move a weight, move a threshold."""

from pathlib import Path

from freehold.compliance import explain, explain_subject, judge, judge_again, rescore
from freehold.estate.workspace import connect
from tests.bench import reference
from tests.bench.estates import AS_OF
from tests.bench.figures import Figure, peak_memory, side_by_side, timed

RULES = 100


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Ask about `size` rows judged with 100 rules; each question beside judging the whole."""
    connection = connect()
    reference.fill(connection, size)
    rules = reference.rules(RULES)
    judged = judge(connection, rules, AS_OF, frameworks=[]).judged
    subject = f"contract-{size // 2}"
    heavier = [rules[0].model_copy(update={"weight": 99}), *rules[1:]]
    dated = rules[0].fails or ""
    later = rules[0].model_copy(update={"fails": dated.replace("INTERVAL ", "INTERVAL 1")})
    assert later.fails != dated, "the first rule has a threshold"

    def weigh() -> None:
        rescore(connection, judge_again(connection, judged, heavier[:1]), heavier, (), [])

    def threshold() -> None:
        rescore(connection, judge_again(connection, judged, [later]), [later], (), [])

    figures = [
        timed(
            f"explain {RULES} rules",
            runs,
            lambda: explain_subject(connection, judged, "contracts", subject),
        ),
        timed("explain one rule", runs, lambda: explain(connection, judged, rules[1].id, subject)),
    ]
    # Judging the whole stands in the floor's place.
    figures += side_by_side(
        "weight",
        "judge",
        runs,
        weigh,
        lambda: judge(connection, rules, AS_OF, frameworks=[]),
    )
    figures.append(timed("threshold", runs, threshold))
    return [*figures, peak_memory()]
