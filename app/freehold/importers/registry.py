"""The formats Freehold imports, in the order they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from freehold.errors import InputError
from freehold.importers import (
    aws_config,
    aws_cur,
    azure_cost,
    azure_graph,
    dora_register,
    focus,
    focus_commitments,
    gcp_assets,
    gcp_billing,
    kubernetes,
    oci_cost,
    ocsf,
    tabular,
    terraform,
)
from freehold.importers.account import ImportResult
from freehold.importers.job import Job
from freehold.importers.opened import Opened, pick
from freehold.importers.profile import Profile


@dataclass(frozen=True)
class Format:
    """One kind of source: `recognise` tells it by content, `read` reads it."""

    kind: str
    title: str
    recognise: Callable[[Opened], bool]
    read: Callable[[Opened, Job], ImportResult]


FORMATS: tuple[Format, ...] = (
    Format(focus.KIND, focus.TITLE, focus.recognise, focus.read),
    Format(
        focus_commitments.KIND,
        focus_commitments.TITLE,
        focus_commitments.recognise,
        focus_commitments.read,
    ),
    Format(aws_cur.KIND, aws_cur.TITLE, aws_cur.recognise, aws_cur.read),
    Format(azure_cost.KIND, azure_cost.TITLE, azure_cost.recognise, azure_cost.read),
    Format(gcp_billing.KIND, gcp_billing.TITLE, gcp_billing.recognise, gcp_billing.read),
    Format(oci_cost.KIND, oci_cost.TITLE, oci_cost.recognise, oci_cost.read),
    Format(
        terraform.STATE_KIND,
        "Terraform or OpenTofu state, raw or from show -json",
        terraform.is_state,
        terraform.read,
    ),
    Format(
        terraform.PLAN_KIND,
        "Terraform or OpenTofu plan from show -json",
        terraform.is_plan,
        terraform.read,
    ),
    Format(aws_config.KIND, aws_config.TITLE, aws_config.recognise, aws_config.read),
    Format(gcp_assets.KIND, gcp_assets.TITLE, gcp_assets.recognise, gcp_assets.read),
    Format(kubernetes.KIND, kubernetes.TITLE, kubernetes.recognise, kubernetes.read),
    Format(ocsf.KIND, ocsf.TITLE, ocsf.recognise, ocsf.read),
    Format(azure_graph.KIND, azure_graph.TITLE, azure_graph.recognise, azure_graph.read),
    Format(dora_register.KIND, dora_register.TITLE, dora_register.recognise, dora_register.read),
    Format(tabular.KIND, tabular.TITLE, tabular.recognise, tabular.read),
)

_SHORT = {"terraform": (terraform.STATE_KIND, terraform.PLAN_KIND)}


def kinds() -> list[str]:
    """Return the names that `--as` takes."""
    return [entry.kind for entry in FORMATS] + sorted(_SHORT)


def settle(opened: Opened, kind: str | None, profile: Profile | None) -> tuple[Opened, Format]:
    """Return a source and its format; of a database it is the one table that fits.

    A table fits that has the columns of the kind asked for, of the mapping, or of any kind known.

    Raises:
        InputError: there are several such tables, or as `choose` says.
    """
    if opened.shape == "database":
        opened = pick(opened, lambda table: _fits(table, kind, profile))
    return opened, choose(opened, kind, mapped=profile is not None)


def _fits(table: Opened, kind: str | None, profile: Profile | None) -> bool:
    if kind is None and profile is not None:
        names = {name.lower() for name in table.names}
        return names >= {name.strip().lower() for name in profile.columns.values()}
    wanted = _SHORT.get(kind, (kind,)) if kind else ()
    return any(
        entry.recognise(table)
        for entry in FORMATS
        if (entry.kind in wanted if kind else entry.kind != tabular.KIND)
    )


def choose(opened: Opened, kind: str | None, *, mapped: bool) -> Format:
    """Return the format of a source: the kind asked for, else the first that recognises it.

    Raises:
        InputError: no such kind, or the content is not of that kind, or of none.
    """
    dora_register.refuse_other_package(opened)
    if kind is None:
        if mapped:
            return next(entry for entry in FORMATS if entry.kind == tabular.KIND)
        for entry in FORMATS:
            if entry.recognise(opened):
                return entry
        raise InputError(
            "Freehold does not know this kind of file",
            where=opened.source.name,
            mend="It reads " + "; ".join(entry.title for entry in FORMATS),
        )
    wanted = _SHORT.get(kind, (kind,))
    candidates = [entry for entry in FORMATS if entry.kind in wanted]
    if not candidates:
        raise InputError(f"There is no import kind '{kind}'", mend="Use " + ", ".join(kinds()))
    for entry in candidates:
        if entry.recognise(opened):
            return entry
    raise InputError(
        f"The content is not of the kind '{kind}'",
        where=opened.source.name,
        mend="Leave --as out to have it recognised",
    )
