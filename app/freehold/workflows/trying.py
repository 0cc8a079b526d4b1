"""Try other weights and thresholds on what was judged, without judging the estate again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import duckdb
from pydantic import ValidationError

from freehold.compliance import (
    FrameworkResult,
    Rule,
    RuleResult,
    judge_again,
    packs,
    rescore,
    try_rule,
    waivers,
)
from freehold.compliance.scores import framework_results, pack_results
from freehold.errors import InputError
from freehold.scenarios import JudgedEstate
from freehold.scenarios.measures import overall
from freehold.workflows.results import RuleScore, TriedScore

WEIGHT = "weight"


def tried(run: JudgedEstate, asked: Sequence[str]) -> TriedScore:
    """Return the score with other weights or parameters; the run's verdicts are then those.

    Args:
        run: what was judged.
        asked: one `RULE:weight=NUMBER` or `RULE:PARAMETER=VALUE` per change, a value as in JSON.

    Raises:
        InputError: a change cannot be read, or names a rule or parameter that was not judged.
        RuleError: the rule cannot be judged with that value.
    """
    known = {rule.rule.id: rule.rule for rule in run.judgement.judged.rules}
    changed: dict[str, Rule] = {}
    for text in asked:
        rule_id, name, value = _read(text)
        if rule_id not in known:
            raise InputError(
                f"The rule '{rule_id}' was not judged",
                where=f"--try {text}",
                mend="See freehold rules list for the rules there are",
            )
        before = changed.get(rule_id, known[rule_id])
        changed[rule_id] = with_value(before, name, value, f"--try {text}")
    connection = run.connection
    again = judge_again(connection, run.judgement.judged, changed.values())
    chosen = [
        replace(pack, rules=tuple(changed.get(rule.id, rule) for rule in pack.rules))
        for pack in run.packs
    ]
    found = rescore(connection, again, chosen, waivers.read(connection, run.schemas.estate), [])
    score, coverage = overall(found.rules)
    return TriedScore(
        changes=list(asked),
        verdicts=found.verdicts,
        score=score,
        coverage=coverage,
        rules=[RuleScore(**asdict(found.rule(rule_id))) for rule_id in changed],
    )


def _read(text: str) -> tuple[str, str, Any]:
    rule_id, colon, rest = text.partition(":")
    name, sign, value = rest.partition("=")
    if not (colon and sign and name.strip() and value.strip()):
        raise InputError(
            "A change to try has a rule, a name and a value",
            where=f"--try {text}",
            mend="Write RULE:weight=NUMBER or RULE:PARAMETER=VALUE",
        )
    try:
        return rule_id.strip(), name.strip(), json.loads(value)
    except ValueError:
        return rule_id.strip(), name.strip(), value.strip()


def with_value(rule: Rule, name: str, value: Any, where: str | None = None) -> Rule:
    """Return the rule with another weight or parameter, checked as a rule file is.

    Raises:
        InputError: the rule has nothing of that name, or cannot have that value.
    """
    parts = rule.model_dump(exclude_unset=True)
    if name == WEIGHT:
        parts[WEIGHT] = value
    elif name in rule.params:
        parts["params"] = {**rule.params, name: value}
    else:
        there = ", ".join([WEIGHT, *rule.params])
        raise InputError(
            f"The rule {rule.id} has nothing named '{name}'", where=where, mend=f"It has: {there}"
        )
    try:
        return Rule.model_validate(parts)
    except ValidationError as error:
        raise InputError(
            f"The rule {rule.id} cannot have that value: {_first(error)}",
            where=where,
            mend="Give a value of the kind that stands in the rule's file",
        ) from error


def _first(error: ValidationError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ")


@dataclass(frozen=True)
class Trial:
    """What a changed rule would make of its own result, the overall score and each framework.

    `score` (0-100, None = nothing decided) and `coverage` (0-1) are over all rules; `frameworks`
    and `packs` are those that the rule belongs to.
    """

    rule: RuleResult
    score: float | None
    coverage: float
    frameworks: tuple[FrameworkResult, ...]
    packs: tuple[FrameworkResult, ...]


def trial(run: JudgedEstate, rule: Rule, connection: duckdb.DuckDBPyConnection) -> Trial:
    """Return what a rule of other weight or parameters would score; nothing of the run changes.

    Raises:
        RuleError: the rule cannot be judged with that value.
    """
    judgement = run.judgement
    before = judgement.rule(rule.id)
    if reads_alike(rule, judgement.judged.rule(rule.id).rule):
        after = replace(before, weight=rule.weight)
    else:
        waived = waivers.read(connection, run.schemas.estate)
        after = try_rule(connection, judgement.judged, rule, run.packs, waived)
    results = [after if result.id == rule.id else result for result in judgement.rules]
    score, coverage = overall(results)
    return Trial(
        after,
        score,
        coverage,
        tuple(
            found
            for found in framework_results(results, packs.shipped_frameworks())
            if rule.id in found.rules
        ),
        tuple(found for found in pack_results(results, run.packs) if found.id == after.pack),
    )


def reads_alike(one: Rule, other: Rule) -> bool:
    """Tell whether two versions of a rule differ in nothing but their weight."""
    return one.model_copy(update={WEIGHT: 0}) == other.model_copy(update={WEIGHT: 0})
