"""Run the commands around waivers, kept runs, the findings register and the calendar."""

from argparse import Namespace
from collections.abc import Callable

from pydantic import BaseModel

Outcome = tuple[BaseModel, int]


def _waivers_list(options: Namespace) -> Outcome:
    from freehold.workflows import waivers

    return waivers.list_waivers(options.file, scenario=options.scenario, as_of=options.as_of), 0


def _waivers_add(options: Namespace) -> Outcome:
    from freehold.compliance import Waiver
    from freehold.workflows import waivers

    waiver = Waiver(
        waiver_id=options.waiver_id,
        rule_id=options.rule,
        scope=options.scope,
        category=options.category,
        reason=options.reason,
        requester=options.requester,
        owner=options.owner,
        approver=options.approver,
        approved_on=options.approved,
        expires_on=options.expires,
        compensating_control=options.control,
        evidence=options.evidence,
    )
    return waivers.add(options.file, waiver, options.subject), 0


def _waivers_revoke(options: Namespace) -> Outcome:
    from freehold.workflows import waivers

    return waivers.revoke(options.file, options.waiver_id, by=options.by, on=options.on), 0


HANDLERS: dict[str, Callable[[Namespace], Outcome]] = {
    "waivers list": _waivers_list,
    "waivers add": _waivers_add,
    "waivers revoke": _waivers_revoke,
}
