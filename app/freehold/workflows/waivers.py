"""List, approve and revoke the waivers of a document."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from freehold.compliance import WaiverState, approving, packs
from freehold.compliance import waivers as waiver_rows
from freehold.compliance.scores import three_scores
from freehold.compliance.waivers import Waiver
from freehold.errors import InputError
from freehold.scenarios import JudgedEstate, judge_estate
from freehold.workflows.documents import editing, reading
from freehold.workflows.results_register import WaiverInfo, WaiverList, WaiverScores

SOON_DAYS = (30, 90, 365)


def list_waivers(
    path: Path, *, scenario: str | None = None, as_of: date | None = None
) -> WaiverList:
    """List every waiver with what it does at the as-of date, and the scores before and after.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such scenario.
    """
    with reading(path) as workspace:
        return listed(judge_estate(workspace, scenario or "base", as_of=as_of), str(path))


def listed(made: JudgedEstate, document: str) -> WaiverList:
    """Return the waivers of a run."""
    return WaiverList(
        document=document,
        as_of=made.as_of,
        waivers=[info(state, made.as_of) for state in made.judgement.waivers],
        scores=WaiverScores(**asdict(three_scores(made.judgement.rules))),
    )


def info(state: WaiverState, as_of: date) -> WaiverInfo:
    """Return a waiver with its state as the command line shows it."""
    waiver = state.waiver
    given = {name: value for name, value in asdict(waiver).items() if name != "matched_hash"}
    return WaiverInfo(
        **given,
        state=state.state,
        sentence=state.sentence,
        waived=state.waived,
        left_failing=state.left_failing,
        days_left=(waiver.expires_on - as_of).days if waiver.expires_on else None,
    )


def add(path: Path, waiver: Waiver, subjects: Sequence[str] = ()) -> WaiverList:
    """Approve a waiver for one or several failing subjects, or for a scope, and save.

    Raises:
        DocumentError: the document cannot be changed.
        InputError, RuleError: see `approving.approved`; nothing was changed.
    """
    wanted = list(dict.fromkeys(subjects))
    if bool(wanted) == bool(waiver.scope):
        raise InputError("A waiver needs either subjects or a scope", mend="Give one of them")
    with editing(path) as workspace:
        made = judge_estate(workspace)
        judged = made.judgement.judged
        if len(wanted) == 1:
            waiver = replace(waiver, subject_id=wanted[0])
        elif wanted:
            key = judged.rule(waiver.rule_id).subjects.key[0]
            waiver = replace(waiver, scope=approving.scope_of(key, wanted))
        if not waiver.waiver_id:
            waiver = replace(waiver, waiver_id=approving.next_id(workspace.connection))
        checked = approving.approved(
            workspace.connection, judged, waiver, packs.longest_waivers(made.packs)
        )
        workspace.apply(approving.added(checked, author=waiver.requester))
        return listed(judge_estate(workspace), str(path))


def revoke(path: Path, waiver_id: str, *, by: str, on: date | None = None) -> WaiverList:
    """Revoke a waiver: what it covered fails again from that day on; the row stays.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: there is no such waiver, or it is revoked already.
    """
    with editing(path) as workspace:
        found = {w.waiver_id: w for w in waiver_rows.read(workspace.connection)}
        if waiver_id not in found:
            there = ", ".join(found) or "none yet"
            raise InputError(f"There is no waiver '{waiver_id}'", mend=f"Waivers are: {there}")
        workspace.apply(approving.revoked(found[waiver_id], on or workspace.as_of, by))
        return listed(judge_estate(workspace), str(path))
