"""The floor under judging: the same predicates, row by row, with none of the engine's work.

One SELECT per view writes one UTINYINT column per rule. It rolls nothing up, masks no unverified
fact, guards no atom, and neither counts nor scores.
"""

from collections.abc import Callable, Iterable
from datetime import date

import duckdb

from freehold.compliance import Pack, Rule
from freehold.compliance.compiled import Compiled, compile_rule
from freehold.compliance.engine import in_force
from freehold.compliance.evaluating import by_view
from freehold.estate.predicate import render


def floor(
    connection: duckdb.DuckDBPyConnection, rules: Iterable[Pack | Rule], as_of: date
) -> Callable[[], None]:
    """Return what evaluates the row rules of `rules` over the schema `views`, ready to be timed."""
    chosen, _ = in_force(rules, as_of)
    compiled = [compile_rule(rule, pack, as_of) for pack, rule in chosen if rule.kind == "row"]
    statements = [
        f"CREATE OR REPLACE TABLE floor.{view} AS SELECT {_columns(group)} FROM views.{view}"
        for view, group in by_view(compiled).items()
    ]
    connection.execute("CREATE SCHEMA IF NOT EXISTS floor")
    held = connection.execute("SELECT current_setting('disabled_optimizers')").fetchall()
    assert "in_clause" in str(held[0][0]), "the floor is taken without that optimiser"

    def evaluate() -> None:
        for statement in statements:
            connection.execute(statement)

    return evaluate


def _columns(rules: Iterable[Compiled]) -> str:
    return ", ".join(f"{_verdict(rule)} AS r{number}" for number, rule in enumerate(rules))


def _verdict(rule: Compiled) -> str:
    applies, fails = render(rule.applies), render(rule.fails)
    both = f"(({applies}) AND ({fails}))"
    return (
        f"CAST(CASE WHEN {both} THEN 4 WHEN {both} IS NULL THEN 2 WHEN ({applies}) THEN 1 ELSE 0"
        " END AS UTINYINT)"
    )
