"""Judge a few changed rules again and keep the verdicts of all others.

A weight needs no judging at all, and a threshold only that of its own rule over the distinct
tuples that it reads (see `tuples`), so that a slider moves the score at once.
"""

from collections.abc import Iterable
from dataclasses import replace

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule
from freehold.compliance.engine import Judged, evaluated
from freehold.compliance.rule import Rule
from freehold.compliance.sharing import reads, without
from freehold.compliance.signatures import FEWEST_ROWS
from freehold.compliance.store import Stored, add_verdicts, create_view, forget_verdicts
from freehold.compliance.tuples import evaluated_by_tuple


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
        made: list[Stored] = []
        others: list[Compiled] = []
        for new in anew:
            found = None
            if new.parent is None and new.rule.id not in judged.apart:
                found = evaluated_by_tuple(connection, judged, new)
            if found is None:
                others.append(new)
            else:
                made.append(found)
        made += evaluated(connection, judged, others, store=own, fewest=fewest)
        stored = [kept for item in stored if (kept := without(item, ids)).rules] + made
        forget_verdicts(connection, judged.store, ids)
        add_verdicts(connection, judged.store, made)
        create_view(connection, judged.store, stored)
    return replace(judged, rules=tuple(rules.values()), stored=tuple(stored))
