"""List the shocks of the library, and set them on a document's estate."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from freehold.scenarios import compare
from freehold.scenarios.changes import in_words
from freehold.scenarios.shocks import Shock, ShockRun, library, run_shocks
from freehold.workflows.documents import reading
from freehold.workflows.results_shocks import (
    Shocked,
    ShockInfo,
    ShockList,
    ShockParameter,
    ShockSetting,
)


def list_shocks(path: Path) -> ShockList:
    """List the shock library as the document knows it, with parameters and their defaults."""
    with reading(path) as workspace:
        return ShockList(shocks=[_info(s) for s in library(workspace.connection).values()])


def shock(
    path: Path,
    names: Sequence[str],
    given: Mapping[str, str] | None = None,
    *,
    weights: str | None = None,
    with_recovery: bool = True,
    progress: Callable[[float, str], None] = lambda _share, _word: None,
) -> Shocked:
    """Set shocks, all together, on a document's estate and tell what they do; nothing is saved.

    Raises:
        InputError: there is no such shock or parameter, or a value does not fit.
    """
    with reading(path) as workspace:
        found = run_shocks(
            workspace,
            names,
            given,
            weights=weights,
            with_recovery=with_recovery,
            progress=progress,
        )
        return told(found, str(path))


def told(found: ShockRun, document: str) -> Shocked:
    """Return a shock run as the command tells it."""
    beside = compare([found.base, found.run])
    return Shocked(
        document=document,
        as_of=found.run.as_of,
        scenarios=beside.scenarios,
        drivers=beside.drivers,
        shocks=[shock.id for shock in found.shocks],
        settings=[
            ShockSetting(
                shock=shock,
                name=setting.parameter.name,
                title=setting.parameter.title,
                value=setting.value,
                unit=setting.parameter.unit,
                basis=setting.basis,
                assumed=setting.assumed,
                doc=setting.parameter.doc,
            )
            for shock, settings in found.settings.items()
            for setting in settings
        ],
        changes=[in_words(change) for change in found.changes],
        rules=list(found.rules),
        levels=list(found.levels),
        functions=list(found.functions),
        recovery=found.recovery,
        notices=list(found.notices),
    )


def _info(shock: Shock) -> ShockInfo:
    return ShockInfo(
        name=shock.id,
        title=shock.title,
        category=shock.category,
        says=shock.says,
        precedent=shock.precedent,
        precedent_date=shock.precedent_date,
        likelihood=shock.likelihood,
        source=shock.source,
        verified=shock.verified,
        as_of=shock.as_of,
        changes=[in_words(change) for change in shock.changes],
        not_modelled=shock.not_modelled,
        parameters=[
            ShockParameter(
                name=p.name,
                title=p.title,
                type=p.type,
                role=p.role,
                unit=p.unit,
                value=p.value,
                assumed=p.assumed,
                doc=p.doc,
                source=p.source,
                verified=p.verified,
            )
            for p in shock.parameters
        ],
    )
