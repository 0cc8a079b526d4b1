"""From the engine's tables to the content of an audit report.

Counting is done in the database; Python only carries the rows that the report names.
"""

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

import duckdb
from pydantic import BaseModel, ConfigDict

from freehold import __version__
from freehold.catalogue import CatalogueInfo
from freehold.compliance import FrameworkResult, Judgement, Pack, RuleResult
from freehold.compliance.packs import shipped_frameworks
from freehold.compliance.rule import Clause, FrameworkMap
from freehold.estate import Workspace
from freehold.estate.sql import one, qualified
from freehold.evidence import sha256_object
from freehold.reports import build_basis, build_estate, build_findings
from freehold.reports.content import (
    AuditContent,
    Capacity,
    ClauseLeft,
    Cover,
    Csf,
    Framework,
    Hashes,
    PackVersion,
    Scenarios,
    ScopeCount,
    SignOff,
    Versions,
)
from freehold.reports.content_parts import SEVERITIES, Score, Severity, VerdictCounts
from freehold.reports.content_plan import BlastNode, Plan
from freehold.reports.messages import caps_of
from freehold.reports.wording import text

_SCOPE = (
    "legal_entities",
    "functions",
    "applications",
    "data_sets",
    "resources",
    "services",
    "contracts",
    "workloads",
)


class RunFacts(BaseModel):
    """What identifies a run, as the workflow that ran it knows it; hashes are SHA-256."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    estate_sha256: str
    catalogue_sha256: str
    rules_sha256: str
    weight_set: str
    command: str
    scenario: str = "base"
    notices: tuple[str, ...] = ()


def audit_content(
    workspace: Workspace,
    judgement: Judgement,
    packs: Sequence[Pack],
    run: RunFacts,
    *,
    csf: Csf | None = None,
    capacity: Capacity | None = None,
    scenarios: Scenarios | None = None,
    plan: Plan | None = None,
    blast: Sequence[BlastNode] = (),
    estate: str = "estate",
) -> AuditContent:
    """Return the audit report's content for a judged workspace.

    Args:
        workspace: the open document, its views published.
        judgement: what judging the document found; its verdicts are still in the database.
        packs: the packs judged, for titles, versions and fixes.
        run: hashes and identity of the run.
        csf: the EU Cloud Sovereignty Framework's result, see `build_csf`.
        capacity: sized and priced workloads, see `build_capacity`.
        scenarios: a comparison, if the report is to hold one.
        plan: a kept plan, if there is one made from this document as it is.
        blast: nodes by what they take with them, the gravest first.
        estate: schema of the base tables (a scenario has its own).
    """
    connection, views = workspace.connection, judgement.judged.views
    findings = build_findings.groups(connection, judgement, estate=estate)
    missing, unknowns = build_findings.unknown(connection, judgement)
    info = workspace.catalogue_info
    totals = judgement.verdicts
    return AuditContent(
        cover=_cover(workspace, judgement, packs, run, estate),
        totals=VerdictCounts(
            passed=totals["pass"],
            failed=totals["fail"],
            waived=totals["waived"],
            unknown=totals["unknown"],
            not_applicable=totals["not_applicable"],
        ),
        score=Score(
            before_waivers=mean([(r.weight, r.score) for r in judgement.rules]),
            after_waivers=mean([(r.weight, r.score_after_waivers) for r in judgement.rules]),
            worst_case=mean([(r.weight, r.score_worst_case) for r in judgement.rules]),
        ),
        coverage=mean([(r.weight, r.coverage) for r in judgement.rules if r.applicable]) or 0.0,
        frameworks=_frameworks(judgement, csf),
        csf=csf,
        findings=findings,
        missing_fields=missing,
        unknowns=unknowns,
        not_evaluated=build_findings.not_evaluated(judgement, packs),
        completeness=build_basis.completeness(connection, judgement, estate=estate),
        unverified=build_basis.unverified(connection, judgement),
        confirmations=build_basis.confirmations(connection, estate=estate),
        assumed=build_basis.assumed(connection, views=views),
        waivers=build_basis.waivers(judgement),
        concentration=build_estate.concentration(connection, views=views),
        map_points=build_estate.map_points(connection, views=views),
        unplaced=build_estate.unplaced(connection, views=views),
        spend=build_estate.spend(connection, views=views),
        capacity=capacity or Capacity(),
        scenarios=scenarios or Scenarios(),
        plan=plan,
        blast=tuple(blast),
        sources=build_estate.sources(connection, info),
    )


def mean(parts: Sequence[tuple[float, float | None]]) -> float | None:
    """Return the mean weighted by the first of each pair; what is undecided is left out."""
    known = [(weight, value) for weight, value in parts if value is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * value for weight, value in known) / total if total else None


def _frameworks(judgement: Judgement, csf: Csf | None) -> tuple[Framework, ...]:
    maps = {item.id: item for item in shipped_frameworks()}
    by_id = {result.id: result for result in judgement.rules}
    named = {result.id for result in judgement.frameworks}
    packs = [
        replace(result, title=text("levels.pack", title=result.title or result.id))
        for result in judgement.packs
        if result.id not in named and result.rules
    ]
    found = [
        _framework(result, maps.get(result.id), [by_id[r] for r in result.rules if r in by_id])
        for result in (*judgement.frameworks, *packs)
    ]
    if csf is None:
        return tuple(found)
    own = Framework(
        framework_id="EU-CSF",
        title="EU Cloud Sovereignty Framework",
        version=csf.weights,
        level=csf.seal,
        score=Score(before_waivers=csf.score, after_waivers=csf.score, worst_case=csf.score_low),
        coverage=csf.coverage,
        capped_by=tuple(cap.criterion for cap in caps_of(csf)[:5]),
        counts=VerdictCounts(),
        rules_evaluated=0,
    )
    return (own, *(item for item in found if item.framework_id != own.framework_id))


def _framework(
    result: FrameworkResult, mapped: FrameworkMap | None, rules: Sequence[RuleResult]
) -> Framework:
    judged = {rule.id for rule in rules if rule.applicable}
    worst: Severity | None = next(
        (severity for severity in SEVERITIES if severity == result.worst_failing), None
    )
    return Framework(
        framework_id=result.id,
        title=result.title or result.id,
        version=mapped.version if mapped else None,
        level=result.level,
        worst_failing=worst,
        score=Score(
            before_waivers=result.score,
            after_waivers=result.score_after_waivers,
            worst_case=result.score_worst_case,
        ),
        coverage=result.coverage,
        capped_by=result.capped_by,
        counts=VerdictCounts(
            passed=sum(rule.passed for rule in rules),
            failed=sum(rule.fail for rule in rules),
            waived=sum(rule.waived for rule in rules),
            unknown=sum(rule.unknown for rule in rules),
            not_applicable=sum(rule.not_applicable for rule in rules),
        ),
        rules_evaluated=len(rules),
        clauses=len(mapped.clauses) if mapped else None,
        clauses_judged=sum(_is_judged(c, judged) for c in mapped.clauses) if mapped else None,
        clauses_left=tuple(
            ClauseLeft(
                clause=clause.id, title=clause.title, decided_by=clause.decided_by, note=clause.note
            )
            for clause in (mapped.clauses if mapped else ())
            if clause.decided_by != "rules"
        ),
    )


def _is_judged(clause: Clause, judged: set[str]) -> bool:
    """Return whether a rule with an applicable subject judged the clause in this run."""
    return not judged.isdisjoint(clause.rules)


def _cover(
    workspace: Workspace,
    judgement: Judgement,
    packs: Sequence[Pack],
    run: RunFacts,
    estate: str,
) -> Cover:
    connection = workspace.connection
    as_of = judgement.judged.as_of
    found = connection.execute(
        "SELECT name, lei, country_iso2, sector, regimes"
        f" FROM {qualified(estate, 'organisation')} ORDER BY organisation_id LIMIT 1"
    ).fetchone()
    name, lei, country, sector, regimes = found or (None,) * 5
    return Cover(
        organisation=name,
        lei=lei,
        country=country,
        sector=sector,
        regimes=tuple(part.strip() for part in (regimes or "").split(";") if part.strip()),
        document_name=workspace.path.name if workspace.path else "unsaved document",
        scenario=run.scenario,
        as_of=as_of,
        scope=tuple(
            ScopeCount(
                kind=kind,
                count=int(one(connection, f"SELECT count(*) FROM {qualified(estate, kind)}")[0]),
            )
            for kind in _SCOPE
        ),
        versions=Versions(
            app=__version__,
            engine=f"DuckDB {_engine_version()}",
            catalogue_snapshot=_snapshot(workspace.catalogue_info),
            packs=tuple(
                PackVersion(
                    pack_id=pack.id,
                    version=pack.head.version,
                    title=pack.head.title or pack.id,
                    publisher=pack.head.publisher or None,
                    rules=len(pack.rules),
                )
                for pack in packs
            ),
            weight_set=run.weight_set,
        ),
        hashes=Hashes(
            estate=run.estate_sha256,
            catalogue=run.catalogue_sha256,
            rules=run.rules_sha256,
            findings=findings_sha256(connection, judgement.judged.store),
        ),
        run_id=run.run_id,
        prepared_by=_people(connection, "preparer", run.run_id, estate),
        reviewed_by=_people(connection, "reviewer", run.run_id, estate),
        command=run.command,
        notices=(
            *((text("cover.sample"),) if workspace.setting("sample") else ()),
            *run.notices,
        ),
    )


def findings_sha256(connection: duckdb.DuckDBPyConnection, store: str = "results") -> str:
    """Return the SHA-256 of all failing and waived verdicts as canonical JSON, sorted."""
    rows = connection.execute(
        f"SELECT rule_id, subject_id, result, waiver_id FROM {qualified(store, 'verdicts')}"
        " WHERE result IN ('fail', 'waived') ORDER BY ALL"
    ).fetchall()
    return sha256_object([list(row) for row in rows])


def _people(
    connection: duckdb.DuckDBPyConnection, role: str, run_id: str, estate: str
) -> tuple[SignOff, ...]:
    rows = connection.execute(
        f"SELECT person, signed_on, run_id IS NOT NULL FROM {qualified(estate, 'sign_offs')}"
        " WHERE role = ? AND person IS NOT NULL AND (run_id IS NULL OR run_id = ?)"
        " ORDER BY sign_off_id",
        [role, run_id],
    ).fetchall()
    return tuple(
        SignOff(person=person, signed_on=signed, of_this_run=this) for person, signed, this in rows
    )


def _snapshot(info: CatalogueInfo | None) -> str:
    if info is None:
        return "not recorded"
    layers = f" with {', '.join(info.layers)}" if info.layers else ""
    return f"{info.snapshot}{layers}"


def _engine_version() -> str:
    try:
        return version("duckdb")
    except PackageNotFoundError:
        return duckdb.__version__
