"""Try other weights and thresholds on what was judged, without judging the estate again."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from pydantic import ValidationError

from freehold.compliance import Rule, judge_again, rescore, waivers
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
        changed[rule_id] = _with(changed.get(rule_id, known[rule_id]), name, value, text)
    connection = run.connection
    again = judge_again(connection, run.judgement.judged, changed.values())
    packs = [
        replace(pack, rules=tuple(changed.get(rule.id, rule) for rule in pack.rules))
        for pack in run.packs
    ]
    found = rescore(connection, again, packs, waivers.read(connection, run.schemas.estate), [])
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


def _with(rule: Rule, name: str, value: Any, text: str) -> Rule:
    """Return the rule with one other value, checked as a rule file is."""
    parts = rule.model_dump(exclude_unset=True)
    if name == WEIGHT:
        parts[WEIGHT] = value
    elif name in rule.params:
        parts["params"] = {**rule.params, name: value}
    else:
        there = ", ".join([WEIGHT, *rule.params])
        raise InputError(
            f"The rule {rule.id} has nothing named '{name}'",
            where=f"--try {text}",
            mend=f"It has: {there}",
        )
    try:
        return Rule.model_validate(parts)
    except ValidationError as error:
        raise InputError(
            f"The rule {rule.id} cannot have that value: {_first(error)}",
            where=f"--try {text}",
            mend="Give a value of the kind that stands in the rule's file",
        ) from error


def _first(error: ValidationError) -> str:
    return error.errors()[0]["msg"].removeprefix("Value error, ")
