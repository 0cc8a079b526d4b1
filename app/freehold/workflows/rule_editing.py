"""Write a rule over an open document: check its text, run its tests, look at what it finds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from freehold.compliance import Pack, rule_tests
from freehold.compliance.compiled import compile_rule
from freehold.compliance.outside import judge_outside
from freehold.compliance.packs import own_folder, rule_of
from freehold.compliance.rule import PackHead, Rule
from freehold.compliance.store import create_verdicts
from freehold.estate.atomic import replace_file
from freehold.estate.sql import quoted

PACK = "mine"
"""The user's own pack, in which the editor saves."""

_STORE = "rule_preview"
_ANY_DAY = date(2026, 1, 1)
_SHOWN = 500


@dataclass(frozen=True)
class Preview:
    """What a rule says of the open estate: how many subjects of each result, and some of them."""

    counts: dict[str, int]
    subjects: tuple[tuple[str, str], ...]


def read_rule(text: str) -> Rule:
    """Return the rule that a text holds, its columns and values checked.

    Raises:
        RuleError: the first thing wrong in it.
    """
    rule = rule_of(text, "the editor")
    compile_rule(rule, PACK, rule.valid_from or _ANY_DAY)
    return rule


def test_rule(rule: Rule) -> rule_tests.TestReport:
    """Run the tests that a rule carries."""
    return rule_tests.run_packs([_pack(rule)])


def preview(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    as_of: date,
    *,
    views: str,
    stopped: Callable[[], bool] = lambda: False,
) -> Preview:
    """Judge the open estate by one rule, in a child process as any rule of the user's.

    Raises:
        RuleError: the rule is wrong, is graded, or took too long.
        Stopped: the user has cancelled.
    """
    compiled = compile_rule(rule, PACK, as_of)
    stored = judge_outside(
        connection, [compiled], as_of, views=views, store=_STORE, stopped=stopped
    )
    create_verdicts(connection, _STORE, stored)
    verdicts = f"{quoted(_STORE)}.verdicts"
    counted = connection.execute(f"SELECT result, count(*) FROM {verdicts} GROUP BY 1").fetchall()
    listed = connection.execute(
        f"SELECT result, subject_id FROM {verdicts} WHERE result <> 'pass'"
        f" ORDER BY result, subject_id LIMIT {_SHOWN}"
    ).fetchall()
    return Preview(dict(counted), tuple((str(r), str(s)) for r, s in listed))


def save_rule(text: str) -> Path:
    """Save a rule in the user's own pack and return its file; the one before stays as a backup.

    Raises:
        RuleError: the text is no sound rule; nothing was saved.
        DocumentError: the folder cannot be written.
    """
    rule = read_rule(text)
    folder = own_folder() / PACK
    folder.mkdir(parents=True, exist_ok=True)
    head = folder / "pack.yaml"
    if not head.exists():
        head.write_text(f"id: {PACK}\nversion: 1.0.0\ntitle: My own rules\n", encoding="utf-8")
    path = folder / f"{rule.id}.yaml"
    replace_file(path, text.encode())
    return path


def _pack(rule: Rule) -> Pack:
    return Pack(PackHead(id=PACK), (rule,))
