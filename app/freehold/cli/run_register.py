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


def _runs_list(options: Namespace) -> Outcome:
    from freehold.workflows import runs

    return runs.list_runs(options.file), 0


def _runs_compare(options: Namespace) -> Outcome:
    from freehold.workflows import runs

    return runs.compare(options.file, options.before, options.after, limit=options.limit), 0


def _runs_remove(options: Namespace) -> Outcome:
    from freehold.workflows import runs

    return runs.remove(options.file, options.run), 0


def _runs_retain(options: Namespace) -> Outcome:
    from freehold.workflows import runs

    return runs.retain(options.file, options.count), 0


def _findings_list(options: Namespace) -> Outcome:
    from freehold.workflows import register

    wanted = register.Filter(
        rule=options.rule,
        owner=options.owner,
        severity=options.severity,
        status=options.status,
        overdue=options.overdue,
        registered=options.registered,
    )
    return register.list_findings(options.file, wanted, limit=options.limit, csv=options.csv), 0


def _findings_set(options: Namespace) -> Outcome:
    from freehold.workflows import register

    values = {
        "owner": options.owner,
        "due_on": options.due,
        "status": options.status,
        "comment": options.comment,
    }
    return register.set_finding(options.file, options.rule, options.subject, values), 0


def _calendar(options: Namespace) -> Outcome:
    from freehold.workflows import calendar

    return calendar.list_deadlines(
        options.file,
        within_days=options.within,
        kinds=options.kind,
        as_of=options.as_of,
        ics=options.ics,
    ), 0


HANDLERS: dict[str, Callable[[Namespace], Outcome]] = {
    "waivers list": _waivers_list,
    "waivers add": _waivers_add,
    "waivers revoke": _waivers_revoke,
    "runs list": _runs_list,
    "runs compare": _runs_compare,
    "runs remove": _runs_remove,
    "runs retain": _runs_retain,
    "findings list": _findings_list,
    "findings set": _findings_set,
    "calendar": _calendar,
}
