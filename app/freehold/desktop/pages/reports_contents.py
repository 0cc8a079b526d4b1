"""What a report will contain and what is missing for it."""

from collections import Counter

from PySide6.QtCore import QCoreApplication

from freehold.desktop.numbers import show
from freehold.scenarios import Run
from freehold.workflows import kept_plans

translate = QCoreApplication.translate
Line = dict[str, object]


def contents(run: Run, scenarios: int, prepared: str, reviewed: str) -> list[Line]:
    """Return one row for each chapter: what it holds, what is missing, and where to mend it."""
    return [
        _signatures(prepared, reviewed),
        _levels(run),
        _findings(run),
        _unknowns(run),
        _register(run),
        _unverified(run),
        _waivers(run),
        _money(run),
        *_capacity(run),
        _plan(run),
        _scenarios(scenarios),
        _line(
            translate("report_contents", "Method, glossary and sources"),
            translate(
                "report_contents", "{0} rules of {1} packs, every source with its date"
            ).format(show(len(run.judgement.rules), "integer"), len(run.packs)),
        ),
    ]


def _line(chapter: str, holds: str, missing: str = "", place: str = "") -> Line:
    return {
        "chapter": chapter,
        "holds": holds,
        "state": "warn" if missing else "good",
        "missing": missing or translate("report_contents", "nothing"),
        "place": place,
    }


def _signatures(prepared: str, reviewed: str) -> Line:
    missing = ""
    if not prepared or not reviewed:
        missing = translate("report_contents", "Who prepared and who reviewed it: fill in at left")
    elif prepared.casefold() == reviewed.casefold():
        missing = translate("report_contents", "Two different people must prepare and review it")
    people = ", ".join(name for name in (prepared, reviewed) if name)
    return _line(
        translate("report_contents", "Cover and signatures"),
        people or translate("report_contents", "scope, versions, hashes"),
        missing,
    )


def _levels(run: Run) -> Line:
    level = run.level
    services = len(level.services)
    if level.seal is not None:
        holds = translate("report_contents", "SEAL-{0} over {1} services").format(
            level.seal, services
        )
    else:
        low = "?" if level.seal_low is None else level.seal_low
        high = "?" if level.seal_high is None else level.seal_high
        holds = translate("report_contents", "SEAL-{0} to {1} over {2} services").format(
            low, high, services
        )
    frameworks = len(run.judgement.frameworks)
    holds += translate("report_contents", "; {0} frameworks").format(frameworks)
    missing = ""
    if level.coverage < 1:
        missing = translate("report_contents", "{0} of the criteria are undecided").format(
            show(1 - level.coverage, "share", 0)
        )
    return _line(translate("report_contents", "Levels and scores"), holds, missing, "compliance")


def _findings(run: Run) -> Line:
    fails: Counter[str] = Counter()
    for rule in run.judgement.rules:
        fails[rule.severity] += rule.fail
    return _line(
        translate("report_contents", "Findings"),
        translate("report_contents", "{0} fails: {1} critical, {2} high").format(
            show(run.judgement.verdicts["fail"], "integer"),
            show(fails["critical"], "integer"),
            show(fails["high"], "integer"),
        ),
        place="compliance",
    )


def _unknowns(run: Run) -> Line:
    unknown = run.judgement.verdicts["unknown"]
    return _line(
        translate("report_contents", "What could not be assessed"),
        translate("report_contents", "Coverage {0}").format(
            show(run.measures.coverage, "share", 0)
        ),
        translate("report_contents", "{0} verdicts are unknown").format(show(unknown, "integer"))
        if unknown
        else "",
        "compliance",
    )


def _register(run: Run) -> Line:
    row = (
        run.connection.cursor()
        .execute(
            f'SELECT count(*), count(*) FILTER (NOT filled) FROM "{run.schemas.views}"'
            ".register_fields"
        )
        .fetchone()
    )
    total, blank = row or (0, 0)
    return _line(
        translate("report_contents", "Completeness of the register"),
        translate("report_contents", "{0} mandatory fields of contracts").format(
            show(total, "integer")
        ),
        translate("report_contents", "{0} of them are not filled in").format(show(blank, "integer"))
        if blank
        else "",
        "estate",
    )


def _unverified(run: Run) -> Line:
    would = sum(rule.would_fail for rule in run.judgement.rules)
    rests = sum(rule.unverified for rule in run.judgement.rules)
    return _line(
        translate("report_contents", "Unverified facts"),
        translate("report_contents", "{0} verdicts rest on facts not yet confirmed").format(
            show(rests, "integer")
        ),
        translate("report_contents", "{0} would fail once confirmed").format(show(would, "integer"))
        if would
        else "",
        "catalogue",
    )


def _waivers(run: Run) -> Line:
    waivers = len(run.judgement.waivers)
    return _line(
        translate("report_contents", "Waivers"),
        translate("report_contents", "{0} waivers, {1} verdicts waived").format(
            waivers, show(run.judgement.verdicts["waived"], "integer")
        ),
        place="compliance",
    )


def _money(run: Run) -> Line:
    blank = run.cost.unpriced_resources
    total = run.cost.total
    return _line(
        translate("report_contents", "Dependency and money"),
        translate("report_contents", "{0} USD a month").format(show(total, "money"))
        if total is not None
        else translate("report_contents", "cost unknown"),
        translate("report_contents", "{0} resources tell no cost").format(show(blank, "integer"))
        if blank
        else "",
        "estate",
    )


def _capacity(run: Run) -> list[Line]:
    workloads = len(run.workloads)
    if not workloads:
        return []
    refused = int((run.workloads["refused_because"].fillna("") != "").sum())
    missing = []
    if refused:
        missing.append(translate("report_contents", "{0} cannot be sized").format(refused))
    if run.cost.unpriced_workloads:
        missing.append(
            translate("report_contents", "{0} have no price").format(run.cost.unpriced_workloads)
        )
    return [
        _line(
            translate("report_contents", "Capacity"),
            translate("report_contents", "{0} workloads, with 80 % ranges").format(workloads),
            ", ".join(missing),
            "capacity",
        )
    ]


def _plan(run: Run) -> Line:
    return _line(
        translate("report_contents", "Plan"),
        translate("report_contents", "the plan kept, if still current")
        if kept_plans.are_kept(run.workspace)
        else translate("report_contents", "left out: none is kept"),
        place="scenarios",
    )


def _scenarios(scenarios: int) -> Line:
    return _line(
        translate("report_contents", "Scenarios"),
        translate("report_contents", "{0} beside the base").format(scenarios)
        if scenarios
        else translate("report_contents", "left out: the document has none"),
        place="scenarios",
    )
