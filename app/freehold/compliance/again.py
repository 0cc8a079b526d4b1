"""Judge a few changed rules again and keep the verdicts of all others.

A weight needs no judging at all, and a threshold only that of its own rule over the distinct
tuples that it reads (see `tuples`), so that a slider moves the score at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule
from freehold.compliance.engine import Judged, evaluated
from freehold.compliance.judgement import rescore
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule
from freehold.compliance.scores import RuleResult
from freehold.compliance.sharing import reads, without
from freehold.compliance.signatures import FEWEST_ROWS
from freehold.compliance.store import (
    Stored,
    add_verdicts,
    create_verdicts,
    create_view,
    forget_verdicts,
)
from freehold.compliance.tuples import evaluated_by_tuple
from freehold.compliance.waivers import Waiver


def judge_again(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    changed: Iterable[Rule],
    *,
    fewest: int = FEWEST_ROWS,
) -> Judged:
    """Put changed rules in the place of those with the same ids; `judgement.rescore` scores them.

    Waivers have to be applied again, which `rescore` does.

    Raises:
        RuleError: a rule is wrong, or was not judged before.
    """
    rules = {rule.rule.id: rule for rule in judged.rules}
    anew: list[Compiled] = []
    for rule in changed:
        before = judged.rule(rule.id)
        after = compile_rule(rule, before.pack, judged.as_of)
        rules[rule.id] = after
        if reads(after) != reads(before):
            anew.append(after)
    stored = list(judged.stored)
    if anew:
        ids = {rule.rule.id for rule in anew}
        own = f"{judged.store}_again_{'_'.join(sorted(ids))}"
        made = _evaluated(connection, judged, anew, own, fewest)
        stored = [kept for item in stored if (kept := without(item, ids)).rules] + made
        forget_verdicts(connection, judged.store, ids)
        add_verdicts(connection, judged.store, made)
        create_view(connection, judged.store, stored)
    return replace(judged, rules=tuple(rules.values()), stored=tuple(stored))


def try_rule(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rule: Rule,
    packs: Iterable[Pack] = (),
    waivers: Sequence[Waiver] = (),
    *,
    fewest: int = FEWEST_ROWS,
) -> RuleResult:
    """Return what a changed rule would find and score; what was judged stays as it is.

    Raises:
        RuleError: the rule is wrong, or was not judged before.
    """
    new = compile_rule(rule, judged.rule(rule.id).pack, judged.as_of)
    store = f"{judged.store}_try"
    stored = _evaluated(connection, judged, [new], store, fewest)
    create_verdicts(connection, store, stored)
    trial = replace(judged, store=store, rules=(new,), stored=tuple(stored))
    own = [waiver for waiver in waivers if waiver.rule_id == rule.id]
    return rescore(connection, trial, packs, own, []).rules[0]


def _evaluated(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Iterable[Compiled],
    store: str,
    fewest: int,
) -> list[Stored]:
    """Judge rules by the distinct tuples that they read, or into `store` where that is no gain."""
    made: list[Stored] = []
    others: list[Compiled] = []
    for rule in rules:
        found = None
        if rule.parent is None and rule.rule.id not in judged.apart:
            found = evaluated_by_tuple(connection, judged, rule)
        if found is None:
            others.append(rule)
        else:
            made.append(found)
    return made + evaluated(connection, judged, others, store=store, fewest=fewest)
