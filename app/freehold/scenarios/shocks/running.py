"""Run shocks: what becomes of verdicts, levels, functions, demand, cost, and how to recover."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import build_schema
from freehold.scenarios.blast import FunctionLoss, function_losses
from freehold.scenarios.blast.functions import HOURS_PER_MONTH
from freehold.scenarios.changes import in_words
from freehold.scenarios.recovery import Recovery, recover
from freehold.scenarios.run import Run, run
from freehold.scenarios.schemas import Schemas, schemas_of
from freehold.scenarios.shocks.library import Shock, chosen, library
from freehold.scenarios.shocks.settings import Setting, Value, settle
from freehold.scenarios.sides import LevelSide, RuleSide, level_sides, rule_sides

_HOURS = {"h": 1.0, "d": 24.0, "months": HOURS_PER_MONTH}


@dataclass(frozen=True)
class ShockRun:
    """Shocks set on an estate and run, beside the base at the same date.

    `levels` and `rules` are what changed sides; `functions` what is lost or on its failover;
    `recovery` the cheapest way back found, None if nothing must be recovered.
    """

    shocks: tuple[Shock, ...]
    settings: dict[str, list[Setting]]
    changes: tuple[Change, ...]
    base: Run
    run: Run
    rules: tuple[RuleSide, ...]
    levels: tuple[LevelSide, ...]
    functions: tuple[FunctionLoss, ...]
    recovery: Recovery | None
    notices: tuple[str, ...]


def changes_of_shocks(
    workspace: Workspace,
    names: Sequence[str],
    given: Mapping[str, str] | None = None,
    place: Schemas | None = None,
) -> tuple[list[Change], dict[str, list[Setting]], list[str]]:
    """Return the changes of shocks in the order named, their settings and what could not be set.

    Raises:
        InputError: there is no such shock or parameter, or a value does not fit.
    """
    connection = workspace.connection
    # Looked up before anything is published, so that a misspelt name is told at once.
    workspace.lay_facts()
    shocks = chosen(library(connection, place.catalogue if place else "catalogue"), names)
    place = place or schemas_of(workspace)
    settings = settle(connection, place, shocks, given)
    changes: list[Change] = []
    notices: list[str] = []
    for shock in shocks:
        values = {setting.parameter.name: setting.value for setting in settings[shock.id]}
        notices += [
            f"{shock.title}: the estate has no {setting.parameter.title.lower()} that it could be"
            " about, so what names it changes nothing."
            for setting in settings[shock.id]
            if setting.value is None
        ]
        changes += _filled(shock, values)
        if shock.not_modelled:
            notices.append(f"{shock.title}: {shock.not_modelled}.")
    return changes, settings, notices


def run_shocks(
    workspace: Workspace,
    names: Sequence[str],
    given: Mapping[str, str] | None = None,
    *,
    weights: str | None = None,
    with_recovery: bool = True,
    known: Run | None = None,
    progress: Callable[[float, str], None] = lambda _share, _word: None,
) -> ShockRun:
    """Set shocks on the document's estate, all together, and run the base and the shocked estate.

    Both are judged at the latest date that the shocks name, or the document's own if that is later.

    Args:
        workspace: the open document; it stays as it is.
        names: ids of shocks of the library; several are combined in this order.
        given: value by parameter NAME or SHOCK.NAME.
        weights: weight set of the EU CSF.
        with_recovery: whether to look for a way back, which judges a few more estates.
        known: a run of the base already at hand, used if it was judged at the same date.
        progress: told how far it is (0 to 1) and at what.

    Raises:
        InputError: there is no such shock or parameter, or a value does not fit.
    """
    progress(0.02, "library")
    changes, settings, notices = changes_of_shocks(workspace, names, given)
    shocks = tuple(chosen(library(workspace.connection), names))
    as_of = _date(workspace.as_of, settings)
    progress(0.05, "base")
    at_hand = known is not None and known.as_of == as_of
    base = known if known and at_hand else run(workspace, as_of=as_of, weights=weights)
    progress(0.3, "shock")
    packs = list(workspace.packs)
    more = [pack for shock in shocks for pack in shock.packs if pack not in packs]
    name = " + ".join(shock.id for shock in shocks)
    built = build_schema(workspace, f"shock {name}", changes, as_of)
    notices += [
        f"Nothing in the estate answers to this change: {in_words(step.change)}."
        for step in built.applied.steps
        if not step.rows
    ]
    found = run(
        workspace,
        name,
        weights=weights,
        base=base,
        pack_ids=[*packs, *more] if more else None,
        built=Schemas(built.estate, built.catalogue, built.views, as_of),
    )
    progress(0.6, "functions")
    losses = function_losses(
        workspace.connection,
        found.schemas,
        event_hours=_lasts(shocks, settings),
        notice_hours=_notice(settings),
    )
    lost = [f for f in losses if f.critical and f.state == "lost" and f.way_back != "notice"]
    found = replace(found, measures=replace(found.measures, critical_functions_lost=len(lost)))
    recovery = (
        recover(base, found, changes, progress=lambda s, w: progress(0.6 + 0.4 * s, w))
        if with_recovery
        else None
    )
    return ShockRun(
        shocks,
        settings,
        tuple(changes),
        base,
        found,
        tuple(rule_sides(base, found)),
        tuple(level_sides(base, found)),
        tuple(losses),
        recovery,
        tuple(dict.fromkeys(notices)),
    )


def _filled(shock: Shock, values: Mapping[str, Value | None]) -> list[Change]:
    """Return a shock's changes with their parameters; those that name what is missing are left."""
    made = []
    for change in shock.changes:
        text = change.model_dump_json(include={"where", "value", "row"})
        used = {name for name in values if f"${name}" in text}
        if any(values[name] is None for name in used):
            continue
        made.append(
            change.model_copy(
                update={
                    "parameters": {name: values[name] for name in sorted(used)},
                    "reason": shock.title,
                    "source": shock.source,
                }
            )
        )
    return made


def _date(own: date, settings: Mapping[str, Sequence[Setting]]) -> date:
    named = [
        date.fromisoformat(str(setting.value))
        for each in settings.values()
        for setting in each
        if setting.parameter.role == "as_of" and setting.value is not None
    ]
    return max([own, *named])


def _lasts(shocks: Sequence[Shock], settings: Mapping[str, Sequence[Setting]]) -> float | None:
    """Return the hours of the longest outage; None if one of those that take away is for good."""
    each = [
        _told(settings[shock.id], "duration")
        for shock in shocks
        if any(change.column == "available" for change in shock.changes)
    ]
    return max((max(hours) for hours in each), default=None) if all(each) else None


def _notice(settings: Mapping[str, Sequence[Setting]]) -> float:
    """Return the hours of the shortest notice; a shock without one gives none."""
    each = [_told(found, "notice") for found in settings.values()]
    return min((min(hours, default=0.0) for hours in each), default=0.0)


def _told(settings: Sequence[Setting], role: str) -> list[float]:
    return [
        float(str(s.value)) * _HOURS[s.parameter.unit or "h"]
        for s in settings
        if s.parameter.role == role and isinstance(s.value, int | float)
    ]
