"""Keep a run with the document: what it was made from, its verdicts and its scores."""

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from freehold import __version__
from freehold.compliance.history import verdicts
from freehold.compliance.judgement import Judgement
from freehold.compliance.packs import Pack
from freehold.compliance.scores import three_scores
from freehold.errors import DocumentError, InputError
from freehold.estate import Workspace, snapshots
from freehold.estate.sandbox import private_folder
from freehold.evidence import canonical_json, sha256_bytes, sha256_object

SETTING = "runs_kept"
DEFAULT_KEPT = 24
MOST_KEPT = 40
WITH_ESTATE = 3
"""So many of the newest runs keep their estate's tables, by which they can be judged again."""

FOLDER = "runs/"
_RULES = "kept/{0}.rules.gz"
_DAY = "$day"
_MOST_BYTES_RULES = 64 * 1024**2


class KeptRun(BaseModel):
    """A kept run; `estate`, `facts` and `rules` are hashes by table and by rule id."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    run_id: str
    scenario: str
    as_of: date
    weights: str
    app_version: str
    packs: dict[str, str]
    estate: dict[str, str]
    facts: dict[str, str]
    rules: dict[str, str]
    rules_file: str
    verdicts: dict[str, int]
    score: float | None
    score_after_waivers: float | None
    score_worst_case: float | None
    coverage: float | None
    seal: int | None = None
    seal_low: int | None = None
    seal_high: int | None = None
    frameworks: dict[str, float | None] = {}
    made_at: datetime | None = None

    @property
    def snapshot(self) -> snapshots.Snapshot:
        """The tables it was made from."""
        return snapshots.Snapshot(dict(self.estate), dict(self.facts))


def rule_hashes(packs: Sequence[Pack]) -> dict[str, str]:
    """Return a hash of each rule, its tests left out, with the pack it belongs to."""
    return {
        rule.id: sha256_object([pack.id, rule.model_dump(mode="json", exclude={"tests"})])
        for pack in packs
        for rule in pack.rules
    }


def keep(
    workspace: Workspace,
    judgement: Judgement,
    packs: Sequence[Pack],
    *,
    run_id: str,
    scenario: str,
    weights: str,
    levels: Mapping[str, int | None],
    coverage: float | None,
    estate: str = "estate",
    facts: str = "catalogue",
    made_at: datetime | None = None,
) -> KeptRun:
    """Keep a run in the document, which must be saved after; the same run is kept once.

    Older runs than the document's setting allows are removed, and all but the newest give up the
    tables of their estate.

    Args:
        workspace: the open document; its connection holds estate, facts and verdicts.
        judgement: what was judged.
        packs: the packs it was judged with.
        run_id: the hash that names the run.
        scenario: 'base' or a scenario's name.
        weights: weight set of the EU CSF.
        levels: seal, seal_low and seal_high.
        coverage: overall coverage of the rules.
        estate: schema of the estate judged.
        facts: schema of its catalogue.
        made_at: when, in UTC.
    """
    connection, attachments = workspace.connection, workspace.attachments
    with private_folder() as folder:
        taken = snapshots.take(connection, attachments, folder, estate=estate, facts=facts)
        data = verdicts.write(connection, judgement.judged, folder)
    rules = _rules_text(packs)
    rules_file = _RULES.format(sha256_bytes(rules))
    attachments.setdefault(rules_file, gzip.compress(rules, mtime=0))
    three = three_scores(judgement.rules)
    made = KeptRun(
        run_id=run_id,
        scenario=scenario,
        as_of=judgement.judged.as_of,
        weights=weights,
        app_version=__version__,
        packs={pack.id: str(pack.head.version) for pack in packs},
        estate=taken.estate,
        facts=taken.facts,
        rules=rule_hashes(packs),
        rules_file=rules_file,
        verdicts=judgement.verdicts,
        score=three.before_waivers,
        score_after_waivers=three.after_waivers,
        score_worst_case=three.worst_case,
        coverage=coverage,
        frameworks={item.id: item.score for item in judgement.frameworks},
        seal=levels.get("seal"),
        seal_low=levels.get("seal_low"),
        seal_high=levels.get("seal_high"),
    )
    attachments[f"{FOLDER}{run_id}.parquet"] = data
    summary = canonical_json(made.model_dump(mode="json", exclude={"made_at"})).decode()
    connection.execute("DELETE FROM estate.runs WHERE run_id = ?", [run_id])
    connection.execute(
        "INSERT INTO estate.runs (run_id, scenario_id, as_of, estate_hash, catalogue_hash,"
        " rules_hash, weights, summary, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            run_id,
            None if scenario == "base" else scenario,
            made.as_of,
            sha256_object(made.estate),
            sha256_object(made.facts),
            sha256_object(made.rules),
            weights,
            summary,
            made_at,
        ],
    )
    workspace.changed = True
    prune(workspace)
    return made


def kept_runs(workspace: Workspace) -> list[KeptRun]:
    """Return the kept runs whose verdicts are there, the newest first.

    Raises:
        DocumentError: what is kept of a run cannot be read.
    """
    rows = workspace.connection.execute(
        "SELECT run_id, summary, made_at FROM estate.runs WHERE summary IS NOT NULL"
        " ORDER BY made_at DESC NULLS LAST, as_of DESC, run_id"
    ).fetchall()
    found = []
    for run_id, summary, made_at in rows:
        if f"{FOLDER}{run_id}.parquet" not in workspace.attachments:
            continue
        try:
            made = KeptRun.model_validate({**json.loads(summary), "made_at": made_at})
        except (ValueError, TypeError, ValidationError) as error:
            raise DocumentError("A kept run cannot be read", where=f"run {run_id}") from error
        found.append(made)
    return found


def find(workspace: Workspace, name: str) -> KeptRun:
    """Return the kept run with that id, or the one whose id begins so.

    Raises:
        InputError: there is none, or there are several.
    """
    runs = kept_runs(workspace)
    found = [run for run in runs if run.run_id.startswith(name.strip().lower())]
    if not name.strip() or not found:
        mend = "See: freehold runs list" if runs else "Keep one with: freehold score --keep"
        raise InputError(f"There is no kept run '{name}'", mend=mend)
    if len(found) > 1:
        raise InputError(f"{len(found)} kept runs begin with '{name}'", mend="Give more characters")
    return found[0]


def can_judge_again(workspace: Workspace, run: KeptRun) -> bool:
    """Return whether the tables that a run was made from are all still kept."""
    return snapshots.is_whole(workspace.attachments, run.snapshot.hashes)


def file_of(workspace: Workspace, run: KeptRun) -> bytes:
    """Return the verdicts of a kept run as Parquet."""
    return workspace.attachments[f"{FOLDER}{run.run_id}.parquet"]


def packs_of(attachments: Mapping[str, bytes], run: KeptRun) -> list[dict[str, Any]]:
    """Return heads and rules of the packs a run was judged with, as they were.

    Raises:
        DocumentError: they are not kept or cannot be read.
    """
    where = f"run {run.run_id[:12]}"
    try:
        with gzip.open(io.BytesIO(attachments[run.rules_file])) as stream:
            text = stream.read(_MOST_BYTES_RULES + 1)
        if len(text) > _MOST_BYTES_RULES:
            raise DocumentError("The rules of a kept run are larger than allowed", where=where)
        found: list[dict[str, Any]] = json.loads(text, object_hook=_undated)
    except (KeyError, OSError, EOFError, TypeError, ValueError) as error:
        raise DocumentError("The rules of a kept run cannot be read", where=where) from error
    return found


def _rules_text(packs: Sequence[Pack]) -> bytes:
    """Return packs as JSON; only what an author wrote, so that reading it gives the same rules."""
    parts = [
        {
            "head": pack.head.model_dump(exclude_unset=True),
            "rules": [
                rule.model_dump(exclude_unset=True, exclude={"tests"}) for rule in pack.rules
            ],
        }
        for pack in packs
    ]
    text = json.dumps(parts, default=_day, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode()


def _day(value: object) -> dict[str, str]:
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    raise TypeError(f"{type(value).__name__} stands in no rule")


def _undated(value: dict[str, Any]) -> Any:
    return date.fromisoformat(value[_DAY]) if value.keys() == {_DAY} else value


def remove(workspace: Workspace, run: KeptRun) -> None:
    """Remove a kept run and what only it needed."""
    workspace.connection.execute("DELETE FROM estate.runs WHERE run_id = ?", [run.run_id])
    workspace.attachments.pop(f"{FOLDER}{run.run_id}.parquet", None)
    workspace.changed = True
    prune(workspace)


def prune(workspace: Workspace) -> int:
    """Remove runs beyond the document's setting, and kept tables nothing needs; return how many."""
    runs = kept_runs(workspace)
    most = allowed(workspace)
    gone, left = runs[most:], runs[:most]
    for run in gone:
        workspace.connection.execute("DELETE FROM estate.runs WHERE run_id = ?", [run.run_id])
    needed = {f"{FOLDER}{run.run_id}.parquet" for run in left} | {run.rules_file for run in left}
    for place, run in enumerate(left):
        hashes = run.snapshot.hashes if place < WITH_ESTATE else frozenset(run.facts.values())
        needed |= {snapshots.member(sha256) for sha256 in hashes}
    for name in [n for n in workspace.attachments if n.startswith((FOLDER, snapshots.FOLDER))]:
        if name not in needed:
            del workspace.attachments[name]
    return len(gone)


def retain(workspace: Workspace, count: int) -> int:
    """Set how many runs the document keeps; return how many were removed.

    Raises:
        InputError: it is not from 1 to MOST_KEPT.
    """
    if not 1 <= count <= MOST_KEPT:
        raise InputError(f"A document keeps 1 to {MOST_KEPT} runs, not {count}")
    workspace.set_setting(SETTING, count)
    return prune(workspace)


def allowed(workspace: Workspace) -> int:
    """Return how many runs the document keeps."""
    value = workspace.setting(SETTING, DEFAULT_KEPT)
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, 1), MOST_KEPT)
    return DEFAULT_KEPT
