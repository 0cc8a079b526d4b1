"""Write a report of a judged document."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from freehold import reports
from freehold.reports import content as parts
from freehold.reports.wording import text
from freehold.scenarios import BASE, Comparison, Run, compare, run, scenario_names
from freehold.scenarios.changes import described
from freehold.workflows.documents import reading
from freehold.workflows.hashes import run_hashes
from freehold.workflows.report_plan import blast_of, plan_of
from freehold.workflows.results import ReportResult, WrittenFile

MOST_SCENARIOS = 4
"""How many scenarios stand beside the base in a report."""
_UNITS = {
    "cost_usd": "USD/month",
    "score": "points",
    "fails": "fails",
    "carbon_kg": "kg CO2e/month",
}


def report(
    path: Path,
    *,
    kind: str = "audit",
    formats: Sequence[str] = ("pdf",),
    out: Path,
    packs: Sequence[str] | None = None,
    scenario: str | None = None,
    as_of: date | None = None,
    weights: str | None = None,
) -> ReportResult:
    """Judge the document at `path` and write its report into a folder of its own below `out`.

    The same document, build and parameters give the same bytes.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such scenario, pack or format, or the folder cannot be written.
    """
    with reading(path) as workspace:
        base = run(workspace, as_of=as_of, pack_ids=packs, weights=weights)
        names = scenario_names(workspace)[:MOST_SCENARIOS]
        shown = base
        if scenario is not None and scenario != BASE:
            shown = run(
                workspace, scenario, as_of=as_of, pack_ids=packs, weights=weights, base=base
            )
        others = [
            run(workspace, n, as_of=as_of, pack_ids=packs, weights=weights, base=base)
            for n in names
        ]
        command = command_line(path.name, kind, formats, shown, packs)
        content = audit(shown, [base, *others] if others else [], command)
        return write(content, kind, formats, out)


def audit(shown: Run, compared: Sequence[Run], command: str) -> reports.AuditContent:
    """Return the content of the audit report of a run, with a comparison if runs are given."""
    hashes = run_hashes(shown)
    plan, is_stale = plan_of(shown)
    facts = reports.RunFacts(
        run_id=hashes.run_id,
        estate_sha256=hashes.estate,
        catalogue_sha256=hashes.catalogue,
        rules_sha256=hashes.rules,
        weight_set=shown.weights,
        command=command,
        scenario=shown.name,
        notices=(
            *shown.workspace.notices,
            *([text("plan.stale")] if is_stale else []),
        ),
    )
    connection = shown.connection
    workloads = connection.execute(
        f'SELECT * FROM "{shown.schemas.estate}".workloads ORDER BY workload_id'
    ).df()
    sized = shown.workloads.drop(columns="name")
    return reports.audit_content(
        shown.workspace,
        shown.judgement,
        shown.packs,
        facts,
        csf=reports.csf_content(connection, shown.level, catalogue=shown.schemas.catalogue),
        capacity=_capacity(workloads, sized, shown) if len(workloads) else None,
        scenarios=_scenarios(compare(compared), shown) if compared else None,
        plan=plan,
        blast=blast_of(shown),
        estate=shown.schemas.estate,
    )


def _capacity(workloads: pd.DataFrame, sized: pd.DataFrame, shown: Run) -> parts.Capacity:
    content = reports.capacity_content(workloads, sized, sized)
    loads = reports.simulated_loads(workloads, shown.connection, catalogue=shown.schemas.catalogue)
    return content.model_copy(update={"loads": loads})


def write(
    content: reports.AuditContent,
    kind: str,
    formats: Sequence[str],
    out: Path,
    progress: Callable[[str], None] | None = None,
) -> ReportResult:
    """Write a report's files.

    Raises:
        InputError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    files = reports.write_report(content, kind, list(formats), out, progress=progress)
    return ReportResult(
        folder=str(files[0][0].parent),
        files=[WrittenFile(path=str(path), sha256=sha256) for path, sha256 in files],
        run_id=content.cover.run_id,
    )


def _scenarios(comparison: Comparison, shown: Run) -> parts.Scenarios:
    return parts.Scenarios(
        results=tuple(
            parts.ScenarioResult(
                name=m.name,
                as_of=m.as_of,
                changes=0 if m.name == BASE else len(described(shown.workspace, m.name)),
                seal=m.seal,
                seal_low=m.seal_low,
                seal_high=m.seal_high,
                score=m.score,
                coverage=m.coverage,
                usd_per_month=None if m.cost_usd is None else Decimal(str(round(m.cost_usd, 2))),
                kg_co2e_per_month=m.carbon_kg,
                largest_parent_share=m.largest_group_share,
                critical_functions_lost=m.critical_functions_lost,
            )
            for m in comparison.scenarios
        ),
        drivers=tuple(
            parts.Driver(
                scenario=d.scenario,
                what=d.what,
                delta=d.delta,
                unit=_UNITS.get(d.measure, "share" if d.measure.startswith("share_") else "SEAL"),
            )
            for d in comparison.drivers
            if d.delta is not None
        ),
    )


def command_line(
    document: str, kind: str, formats: Sequence[str], shown: Run, packs: Sequence[str] | None
) -> str:
    """Return the command that writes the same report of the document of that name."""
    options = [f"--kind {kind}", f"--format {','.join(formats)}", f"--as-of {shown.as_of}"]
    options += [f"--pack {pack}" for pack in packs or ()]
    options += [f"--weights {shown.weights}"]
    if shown.name != BASE:
        options.append(f'--scenario "{shown.name}"')
    return f"freehold report {document} {' '.join(options)} --out DIR"
