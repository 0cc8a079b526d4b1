"""What caps an estate: single changes that lift its level or score most, found by trying them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pydantic import JsonValue

from freehold.compliance import csf, explain, judge, waivers
from freehold.compliance.engine import quoted
from freehold.compliance.scores import RuleResult
from freehold.errors import FreeholdError
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import build_schema, drop_schema
from freehold.estate.stored_changes import changes_of
from freehold.scenarios import measures as m
from freehold.scenarios.cells import cell_of
from freehold.scenarios.run import Run
from freehold.scenarios.schemas import BASE

MOST_TRIED = 24
"""Changes that are judged; those expected to matter least are not tried."""

_TRIAL = "what would lift it"


@dataclass(frozen=True)
class Standing:
    """How an estate stands: the level, the framework's score and the rules' score."""

    seal_low: int | None
    seal_high: int | None
    csf_score_low: Decimal | None
    score: float | None
    fails: int
    services_below: int


@dataclass(frozen=True)
class Lift:
    """One single change and how the estate stands with it, everything judged again.

    `addresses` is the rule or criterion that suggested it, `subjects` how many of its subjects
    share the row that changes.
    """

    change: Change
    addresses: str
    title: str
    subjects: int
    before: Standing
    after: Standing

    @property
    def seal_gain(self) -> int:
        """Levels won for certain."""
        return (self.after.seal_low or 0) - (self.before.seal_low or 0)

    @property
    def score_gain(self) -> float:
        """Points of the rules' score won, from -100 to 100."""
        return (self.after.score or 0.0) - (self.before.score or 0.0)


@dataclass(frozen=True)
class _Candidate:
    change: Change
    addresses: str
    title: str
    subjects: int
    worth: float


def lifts(
    run: Run,
    *,
    most: int = 10,
    tried: int = MOST_TRIED,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Lift]:
    """Return the single changes that lift level or score, the greatest lift first.

    Candidates are answers to the criteria that hold the level down, and the smallest change that
    would pass a failing subject of each rule, on the estate row that most failing subjects share.
    Each is applied to a copy, published and judged; changes that lift nothing are left out.

    Args:
        run: the base or a scenario, as it was judged.
        most: how many to return.
        tried: how many to judge.
        progress: told how many of how many are judged.
        cancelled: asked between two changes; what is found until then is returned.
    """
    before = standing(run.level, run.judgement.rules)
    found = sorted(
        [*_answers(run), *_facts(run)], key=lambda c: (-c.worth, c.addresses, str(c.change.key))
    )
    chosen = list({_identity(c.change): c for c in reversed(found)}.values())[::-1][:tried]
    made: list[Lift] = []
    for number, candidate in enumerate(chosen):
        if cancelled():
            break
        after = _try(run, candidate.change)
        if after is not None:
            made.append(
                Lift(
                    candidate.change,
                    candidate.addresses,
                    candidate.title,
                    candidate.subjects,
                    before,
                    after,
                )
            )
        if progress is not None:
            progress(number + 1, len(chosen))
    return sorted((lift for lift in made if _rises(lift)), key=_rank)[:most]


def standing(level: csf.EstateLevel, rules: Sequence[RuleResult]) -> Standing:
    """Return how an estate stands by its level and its rules' results."""
    score, _ = m.overall(rules)
    return Standing(
        level.seal_low,
        level.seal_high,
        level.score_low,
        score,
        sum(rule.fail for rule in rules),
        sum(1 for service in level.services if service.below_required),
    )


def _rank(lift: Lift) -> tuple[float, ...]:
    below = lift.after.services_below - lift.before.services_below
    points = float((lift.after.csf_score_low or 0) - (lift.before.csf_score_low or 0))
    return (-lift.seal_gain, below, -round(lift.score_gain, 6), -points)


def _rises(lift: Lift) -> bool:
    return any(value < 0 for value in _rank(lift))


def _identity(change: Change) -> tuple[str, str]:
    """Name the cell a change is about: of two values for it, the smaller step is tried."""
    return (change.target, change.model_dump_json(include={"key", "row", "column"}))


def _steps(run: Run) -> list[Change]:
    """Return the scenario's own changes; a scenario's parents come with its schema."""
    if run.name == BASE:
        return []
    connection = run.workspace.connection
    found = connection.execute(
        "SELECT scenario_id, parent_id FROM estate.scenarios WHERE name = ?", [run.name]
    ).fetchone()
    line: list[str] = []
    while found is not None and found[0] not in line:
        line.append(str(found[0]))
        found = connection.execute(
            "SELECT scenario_id, parent_id FROM estate.scenarios WHERE scenario_id = ?", [found[1]]
        ).fetchone()
    return [change for name in reversed(line) for change in changes_of(run.workspace, name)]


def _try(run: Run, change: Change) -> Standing | None:
    """Judge the estate with one more change; None if the change does not fit."""
    connection, store = run.connection, "results_lift"
    try:
        built = build_schema(run.workspace, _TRIAL, [*_steps(run), change], run.as_of)
    except (ValueError, FreeholdError):
        return None
    try:
        judgement = judge(
            connection,
            run.packs,
            run.as_of,
            views=built.views,
            waivers=waivers.read(connection, built.estate),
            store=store,
            base=run.judgement.judged,
        )
        level = csf.estate_level(
            connection,
            views=built.views,
            catalogue=built.catalogue,
            as_of=run.as_of,
            weights=run.weights,
        )
        return standing(level, judgement.rules)
    finally:
        drop_schema(run.workspace, _TRIAL)
        connection.execute(f"DROP SCHEMA IF EXISTS {store} CASCADE")


def _answers(run: Run) -> list[_Candidate]:
    """Answers to the criteria that hold the lowest services down, where facts do not decide."""
    frame = csf.load_framework(run.connection, run.schemas.catalogue)
    made: list[_Candidate] = []
    lowest = run.level.seal_low
    for service in run.level.services:
        held = service.result.seal_low == lowest
        for state in service.capping:
            # A starting answer may rest on the basis "derived"; only a rule cannot be overridden.
            if state.rule_id is not None or state.rank not in (None, 1):
                continue
            criterion = frame.criteria[state.criterion]
            now = min(criterion.option(number).seal for number in state.options)
            better = [option for option in criterion.options if option.seal > now]
            if not better:
                continue
            option = min(better, key=lambda o: (o.seal, o.number))
            made.append(
                _Candidate(
                    _answer(run, service.service, criterion.id, option.number),
                    criterion.id,
                    f"{criterion.id} {criterion.title}: {option.label}",
                    1,
                    (1000.0 if held else 100.0) / len(service.capping),
                )
            )
    return made


def _answer(run: Run, service: str, criterion: str, option: int) -> Change:
    held = run.connection.execute(
        f"SELECT answer_id FROM {quoted(run.schemas.estate)}.answers"
        " WHERE service_id = ? AND criterion = ? AND provider_id IS NULL ORDER BY answer_id",
        [service, criterion],
    ).fetchone()
    if held is not None:
        return Change(
            target="answers", op="set", key={"answer_id": held[0]}, column="option", value=option
        )
    row: dict[str, JsonValue] = {
        "answer_id": f"{service}/{criterion}",
        "service_id": service,
        "criterion": criterion,
        "option": option,
        "basis": "attested",
    }
    return Change(target="answers", op="add_row", row=row)


def _facts(run: Run) -> list[_Candidate]:
    """The smallest change of one failing subject per rule, on the row most failing ones share."""
    made: list[_Candidate] = []
    for result in run.judgement.rules:
        if not result.fail:
            continue
        rule = run.judgement.judged.rule(result.id)
        subject = run.connection.execute(
            f"SELECT subject_id FROM {quoted(run.store)}.verdicts"
            " WHERE rule_id = ? AND result = 'fail' ORDER BY subject_id LIMIT 1",
            [result.id],
        ).fetchone()
        if subject is None:
            continue
        found = explain(
            run.connection,
            run.judgement,
            result.id,
            str(subject[0]),
            catalogue=run.schemas.catalogue,
            estate=run.schemas.estate,
        )
        decided = max(result.fail + result.passed, 1)
        for small in (found.smallest_change, *found.other_changes):
            if small is None or small.kind != "set":
                continue
            cell = cell_of(rule.view, small.column)
            if cell is None:
                continue
            shared = _shared(run, result.id, small.column, cell.row_by, small.old)
            for row, subjects in shared:
                made.append(
                    _Candidate(
                        Change(
                            target=cell.table,
                            op="set",
                            key={cell.key: row},
                            column=cell.column,
                            value=_json(small.new),
                        ),
                        result.id,
                        rule.rule.title,
                        subjects,
                        result.weight * subjects / decided,
                    )
                )
    return made


def _shared(run: Run, rule_id: str, column: str, row_by: str, old: object) -> list[tuple[str, int]]:
    """Return the rows that most failing subjects of a rule share, and how many do."""
    rule = run.judgement.judged.rule(rule_id)
    subject = rule.parent_column or rule.view.key[0]
    return [
        (str(row), int(count))
        for row, count in run.connection.execute(
            f"SELECT v.{quoted(row_by)}, count(DISTINCT f.subject_id)"
            f" FROM {quoted(run.schemas.views)}.{quoted(rule.view.name)} v"
            f" JOIN {quoted(run.store)}.verdicts f ON f.subject_id = v.{quoted(subject)}"
            " WHERE f.rule_id = ? AND f.result = 'fail'"
            f" AND v.{quoted(column)} IS NOT DISTINCT FROM ? AND v.{quoted(row_by)} IS NOT NULL"
            f" GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 2",
            [rule_id, old],
        ).fetchall()
    ]


def _json(value: object) -> str | bool | int | float | None:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return float(value) if isinstance(value, Decimal) else str(value)
