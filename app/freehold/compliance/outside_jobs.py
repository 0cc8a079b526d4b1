"""What the child does with packs from outside: read, check and test them, judge with them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from freehold.compliance.checking import check
from freehold.compliance.engine import judge_rules, quoted
from freehold.compliance.packs import Pack, read_files
from freehold.compliance.rule import PackHead, Rule
from freehold.compliance.yaml_cache import decode_day, encode_day
from freehold.errors import RuleError
from freehold.estate.dictionary import views
from freehold.sandbox import lock


def packed(packs: list[Pack] | tuple[Pack, ...]) -> str:
    """Return packs as JSON text."""
    whole = [
        {
            "head": pack.head.model_dump(exclude_unset=True),
            "rules": [rule.model_dump(exclude_unset=True) for rule in pack.rules],
            "folder": str(pack.folder or ""),
            "files": {name: str(path) for name, path in pack.files.items()},
        }
        for pack in packs
    ]
    return json.dumps(whole, default=encode_day)


def unpacked(text: str) -> list[Pack]:
    """Return packs that came as JSON text, marked as from outside."""
    return [
        Pack(
            PackHead.model_validate(item["head"]),
            tuple(Rule.model_validate(rule) for rule in item["rules"]),
            Path(item["folder"]),
            {name: Path(path) for name, path in item["files"].items()},
            outside=True,
        )
        for item in json.loads(text, object_hook=decode_day)
    ]


def read(request: dict[str, Any]) -> dict[str, Any]:
    """Read and check the packs of a folder: `packs` as text, `problems` as sentences' parts."""
    reading = check(request["folder"])
    problems = [{"what": p.what, "where": p.where, "mend": p.mend} for p in reading.problems]
    return {"packs": packed(reading.packs), "problems": problems, "files": reading.files}


def form(request: dict[str, Any]) -> dict[str, Any]:
    """Check the form of the packs of a folder: how many files, and each problem as a sentence."""
    folder = request["folder"]
    reading = check(folder)
    problems = [{"where": p.where or str(folder), "sentence": str(p)} for p in reading.problems]
    return {"checked": reading.files, "problems": problems}


def tested(request: dict[str, Any]) -> dict[str, Any]:
    """Run the tests that the rules of a folder carry, and with `mutate` test the tests too."""
    from freehold.compliance import mutations, rule_tests

    folder = request["folder"]
    reading = read_files(folder)
    report = rule_tests.run_reading(reading)
    failures = [
        {
            "where": f"{f.file or folder}, {f.rule} test {f.test}" if f.test else f.file,
            "sentence": f.sentence,
            "file": f.file,
            "rule": f.rule,
            "test": f.test,
            "kind": f.kind,
        }
        for f in report.failures
    ]
    told: dict[str, Any] = {
        "passed": report.passed,
        "failed": report.failed,
        "failures": failures,
        "untested": list(report.untested),
    }
    if request["mutate"] and not report.failed:
        tried = mutations.run_packs(reading.packs)
        survivors = [
            {"file": s.file, "rule": s.rule, "change": s.change, "missing_test": s.test}
            for s in tried.survivors
        ]
        told |= {"mutants": tried.tried, "survivors": survivors}
    return told


def judge(request: dict[str, Any]) -> dict[str, Any]:
    """Judge with rules from outside over views handed over as Parquet files.

    The rules run on a locked connection, which writes no file: the Arrow library writes the codes.
    Returns per table of codes: `file`, `view`, `subjects`, and `rules` [[id, column]].
    """
    from arro3 import core, io

    packs = unpacked(request["packs"])
    out = Path(request["out"])
    answer: list[dict[str, Any]] = []
    with duckdb.connect() as locked:
        locked.execute("CREATE SCHEMA views")
        for name, path in request["views"].items():
            _load(locked, name, path)
        lock(locked, memory_mib=int(request["memory_mib"]), seconds=float(request["seconds"]))
        inside = [Pack(pack.head, pack.rules) for pack in packs]
        judged = judge_rules(locked, inside, date.fromisoformat(request["as_of"]))
        for number, stored in enumerate(judged.stored):
            codes = ", ".join(quoted(item.column) for item in stored.rules)
            found = locked.sql(f"SELECT subject_id, {codes} FROM {stored.relation}")
            path = out / f"codes{number}.parquet"
            io.write_parquet(core.RecordBatchReader.from_arrow(found), path)
            answer.append(
                {
                    "file": path.name,
                    "view": stored.view,
                    "subjects": stored.subjects,
                    "rules": [[item.rule_id, item.column] for item in stored.rules],
                }
            )
    return {"stored": answer}


def _load(connection: duckdb.DuckDBPyConnection, name: str, path: str) -> None:
    view = views().get(name)
    if view is None:
        raise RuleError(f"There is no view '{name}'")
    found = connection.execute(
        f"DESCRIBE SELECT * FROM read_parquet('{_escaped(path)}')"
    ).fetchall()
    columns = ", ".join(
        f"CAST({quoted(column)} AS {view.documented[column].sql_type}) AS {quoted(column)}"
        for column in (str(row[0]) for row in found)
    )
    connection.execute(
        f"CREATE TABLE views.{quoted(name)} AS SELECT {columns}"
        f" FROM read_parquet('{_escaped(path)}')"
    )


def _escaped(path: Path | str) -> str:
    return str(path).replace("'", "''")
