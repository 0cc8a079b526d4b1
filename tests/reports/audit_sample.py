"""A realistic audit content, written by hand: a bank with three providers."""

from datetime import date, datetime
from decimal import Decimal

from freehold.reports.content import (
    AssumedAnswer,
    AuditContent,
    Capacity,
    Completeness,
    Concentration,
    Confirmation,
    Cover,
    Criterion,
    Csf,
    CsfObjective,
    CsfService,
    CurrencyLine,
    Driver,
    Framework,
    Hashes,
    ImportAccount,
    MapPoint,
    Member,
    PackVersion,
    Range,
    ReasonCount,
    ScenarioResult,
    Scenarios,
    ScopeCount,
    SignOff,
    Source,
    SpendLine,
    UnverifiedRule,
    Versions,
    Workload,
)
from freehold.reports.content_findings import (
    FindingGroup,
    FindingRow,
    MissingField,
    RuleNotEvaluated,
    UnknownRow,
    Waiver,
)
from freehold.reports.content_load import Percentile, SimulatedLoad
from freehold.reports.content_parts import Score, VerdictCounts

AS_OF = date(2026, 11, 1)
RUN_ID = "7c1f0a94be5d2c68e0aa17bb39ff4d2510c2a9e7d1b86f3350ad2be91f6c7e84"
_OBJECTIVES = (
    "Strategic",
    "Legal and jurisdictional",
    "Data and AI",
    "Operational",
    "Supply chain",
    "Technology",
    "Security and compliance",
    "Environmental",
)
WEIGHTS = (20, 10, 10, 15, 10, 15, 15, 5)


def cap(criterion: str, title: str, seal: int | None, answer: str | None = None) -> Criterion:
    return Criterion(
        criterion=criterion,
        title=title,
        service="Core banking platform",
        seal=seal,
        answer=answer,
        basis="derived" if seal is not None else None,
    )


def csf() -> Csf:
    lows, highs = (0, 1, 1, 0, 1, 2, 1, 4), (0, 1, 2, 2, 1, 2, 1, 4)
    caps = {
        0: (
            cap("SOV-1.1", "Ultimate control of the provider", 0, "Control lies outside the EU"),
            cap("SOV-1.8", "Going on when cut off", 0, "Service stops at once"),
        ),
        1: (cap("SOV-2.2", "Exposure to foreign law", 1, "EU subsidiary, contract protection"),),
        2: (cap("SOV-3.4", "Place of storage and processing", 1, "EU with fallback outside"),),
        3: (cap("SOV-4.6", "Loss of a subcontractor", None),),
        4: (cap("SOV-5.1", "Origin of components", 1, "Disclosed in part"),),
    }
    return Csf(
        weights="2026-06",
        weight_sets={"2025-10": (15, 10, 10, 15, 20, 15, 10, 5), "2026-06": WEIGHTS},
        seal=0,
        seal_low=0,
        seal_high=0,
        required_seal=2,
        score=None,
        score_low=31.4,
        score_high=44.85,
        coverage=0.83,
        objectives=tuple(
            CsfObjective(
                objective=f"SOV-{i + 1}",
                title=name,
                weight_percent=WEIGHTS[i],
                seal=lows[i] if lows[i] == highs[i] else None,
                seal_low=lows[i],
                seal_high=highs[i],
                points_low=280 + 40 * i,
                points_high=310 + 45 * i,
                points_maximum=1000.03 if i == 0 else 1000,
                coverage=0.7 + i * 0.04,
                capped_by=caps.get(i, ()),
            )
            for i, name in enumerate(_OBJECTIVES)
        ),
        services=(
            CsfService(
                service="svc-core",
                name="Core banking platform",
                provider="Amazon Web Services",
                required_seal=2,
                seal=0,
                seal_low=0,
                seal_high=0,
                score_low=31.4,
                score_high=44.85,
                coverage=0.81,
                capped_by=caps[0],
            ),
            CsfService(
                service="svc-docs",
                name="Document archive",
                provider="OVHcloud",
                required_seal=2,
                seal=None,
                seal_low=1,
                seal_high=3,
                score_low=61.2,
                score_high=79.5,
                coverage=0.74,
                capped_by=(cap("SOV-7.7", "Independent audit", None),),
            ),
            CsfService(
                service="svc-vault",
                name="Key vault",
                provider="OUTSCALE",
                required_seal=3,
                seal=3,
                seal_low=3,
                seal_high=3,
                score_low=83.0,
                score_high=83.0,
                coverage=1.0,
            ),
        ),
    )


def finding_rows(count: int, waived: int = 0) -> tuple[FindingRow, ...]:
    return tuple(
        FindingRow(
            subject_id=f"arn:aws:rds:us-east-1:210987654321:db:customer-ledger-replica-{i:04d}",
            result="waived" if i < waived else "fail",
            says=f"data-set-customers-{i:04d}: personal data in US (us-east-1, aws), basis none",
            evidence=(f"ds-customers-{i:04d}", "aws", "us-east-1", "US", None, 184_000 + i, False),
            waiver_id="W-2026-003" if i < waived else None,
            owner="C. Lefèvre" if i % 3 == 0 else None,
            due_on=date(2027, 1, 31) if i % 3 == 0 else None,
            status="in_progress" if i % 3 == 0 else None,
        )
        for i in range(count)
    )


EVIDENCE = ("data_set", "provider", "region", "country", "transfer_basis", "volume_gb", "critical")


def group(
    rule_id: str, severity: str, rows: tuple[FindingRow, ...], **more: object
) -> FindingGroup:
    values: dict[str, object] = {
        "rule_id": rule_id,
        "version": "1",
        "pack_id": "residency",
        "title": "Personal data leaves the EEA only on a legal basis",
        "severity": severity,
        "weight": 10.0,
        "basis": "law",
        "source_text": "Regulation (EU) 2016/679 (GDPR), Art. 44 to 49",
        "source_url": "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
        "source_as_of": "2026-01-27",
        "source_verified": True,
        "frameworks": ("GDPR Art. 44", "EU CSF SOV-3.4"),
        "predicate": "transfer_basis NOT IN $allowed",
        "applies": "is_personal",
        "parameters": {"allowed": "eea, adequate, scc, bcr, derogation"},
        "fix": "Move the placement to an allowed country, or record the transfer instrument.",
        "subject": "transfers",
        "evidence_columns": EVIDENCE,
        "counts": VerdictCounts(
            passed=182,
            failed=sum(r.result == "fail" for r in rows),
            waived=sum(r.result == "waived" for r in rows),
            unknown=23,
            not_applicable=210,
        ),
        "rows": rows,
    }
    return FindingGroup.model_validate(values | more)


def groups() -> tuple[FindingGroup, ...]:
    return (
        group("RES-EU-001", "critical", finding_rows(34, waived=3)),
        group(
            "OWN-US-004",
            "high",
            finding_rows(12),
            pack_id="ownership",
            title="Data of critical functions is not reachable under a foreign access law unless "
            "keys are held on the client's side",
            basis="guidance",
            source_verified=False,
        ),
        group("RES-FR-010", "high", finding_rows(2), title="Health data stays in the EEA"),
        group(
            "CON-SHR-001",
            "medium",
            tuple(
                FindingRow(
                    subject_id="provider_group/cost/Amazon.com, Inc.",
                    result="fail",
                    says="Amazon.com, Inc. carries 61.2 % of monthly cost",
                    evidence=("Amazon.com, Inc.", 0.612, 0.031),
                    unverified=True,
                )
                for _ in range(1)
            ),
            pack_id="concentration",
            title="No parent company carries more than 40 % of monthly cost",
            basis="house_default",
            source_text="House default: no law or standard sets a percentage",
            source_url=None,
            applies=None,
            evidence_columns=("member", "share", "undecided_share"),
            predicate="share > $limit OR (share + undecided_share > $limit AND undecided)",
            parameters={"limit": "0.4"},
        ),
        group("CON-EXT-007", "low", finding_rows(5), title="Exit plans were tested in two years"),
    )


def waivers() -> tuple[Waiver, ...]:
    return (
        Waiver(
            waiver_id="W-2026-003",
            rule_id="RES-EU-001",
            rule_title="Personal data leaves the EEA only on a legal basis",
            scope="data_set LIKE 'ds-customers-000%'",
            category="transition",
            reason="Replica is moved to Frankfurt by the end of the first quarter.",
            owner="C. Lefèvre, head of payments",
            approver="M. Okafor, chief risk officer",
            approved_on=date(2026, 9, 1),
            expires_on=date(2026, 12, 31),
            compensating_control="Column encryption with keys held in OUTSCALE; no US operators.",
            evidence="RISK-4410",
            matched_at_approval=3,
            matched_now=3,
            state="active",
        ),
        Waiver(
            waiver_id="W-2025-017",
            rule_id="CON-EXT-007",
            rule_title="Exit plans were tested in two years",
            subject_id="contract-12",
            category="accepted",
            reason="Provider is being replaced.",
            owner="J. Brandt",
            approver="M. Okafor",
            approved_on=date(2025, 6, 1),
            expires_on=date(2026, 6, 1),
            state="expired",
            matched_now=1,
            matched_at_approval=1,
        ),
    )


def completeness() -> Completeness:
    return Completeness(
        resources=412,
        resources_judged=377,
        resources_without_cost=18,
        currencies=(
            CurrencyLine(
                currency="EUR",
                invoiced=Decimal("512840.1200"),
                carried=Decimal("498112.4400"),
                judged=Decimal("471090.3300"),
            ),
            CurrencyLine(
                currency="USD",
                invoiced=Decimal("48211.0000"),
                carried=Decimal("48211.0000"),
                judged=Decimal("39004.9000"),
            ),
        ),
        accounts=(
            ImportAccount(
                source_name="focus-2026-10.csv",
                kind="focus",
                sha256="a9" * 32,
                imported_at=datetime(2026, 11, 1, 9, 30),
                read=18_402,
                imported=17_911,
                skipped=(
                    ReasonCount(reason="tax, credit or purchase: not a resource", count=402),
                    ReasonCount(reason="no resource id", count=89),
                ),
                unknown=(
                    ReasonCount(reason="region is not in the source", count=61, field="region_id"),
                ),
                cost_column="EffectiveCost",
                invoiced={"EUR": Decimal("512840.12")},
            ),
        ),
    )


def capacity() -> Capacity:
    return Capacity(
        workloads=(
            Workload(
                workload="wl-assistant",
                name="Branch assistant",
                kind="serving",
                model="llama-3.3-70b",
                provider="Scaleway",
                region="fr-par-2",
                accelerator="nvidia-h100-sxm",
                accelerators=8,
                fits=True,
                metrics={
                    "Time to first token, ms": Range(value=412.0, low80=290.0, high80=640.0),
                    "tokens/s": Range(value=3120.0, low80=2100.0, high80=4300.0),
                },
                usd_per_month=Range(value=17350.0, low80=15200.0, high80=19900.0),
                kwh_per_month=Range(value=5210.0),
                kg_co2e_per_month=Range(value=292.0),
                price_source="provider price list",
                price_as_of="2026-10",
            ),
            Workload(
                workload="wl-fraud",
                name="Fraud model fine-tuning",
                kind="training",
                model="mistral-large-2",
                provider="aws",
                region="eu-central-1",
                accelerator="nvidia-a100-40",
                accelerators=4,
                fits=False,
                refused_because="optimiser state needs 1 890 GiB, 4 × 40 GiB given",
            ),
        ),
        assumptions=("Utilisation 0.6 where the workload names none.",),
        loads=(
            SimulatedLoad(
                workload="wl-assistant",
                name="Branch assistant",
                requests=2000,
                arrivals="Poisson",
                offered_load=0.61,
                ttft_p50=Percentile(value=402.0, low80=260.0, high80=910.0),
                ttft_p95=Percentile(value=1480.0, low80=640.0, high80=None),
                tpot_p95=Percentile(value=41.0, low80=22.0, high80=77.0),
                targets=((1500.0, 0.953),),
                assumed=("prompt length assumed",),
            ),
            SimulatedLoad(
                workload="wl-search",
                name="Search",
                requests=2000,
                offered_load=1.7,
                overloaded="more work arrives than the replicas can do at any batch",
            ),
        ),
    )


def content(findings: tuple[FindingGroup, ...] | None = None) -> AuditContent:
    """Return the sample, with other findings if given."""
    chosen = groups() if findings is None else findings
    return AuditContent(
        cover=Cover(
            organisation="Banque Riveraine S.A.",
            lei="969500T3MBS4SQAMHJ45",
            country="FR",
            sector="bank",
            regimes=("gdpr", "dora", "nis2"),
            document_name="riveraine.freehold",
            as_of=AS_OF,
            scope=(
                ScopeCount(kind="legal_entities", count=3),
                ScopeCount(kind="functions", count=14),
                ScopeCount(kind="applications", count=41),
                ScopeCount(kind="data_sets", count=58),
                ScopeCount(kind="resources", count=412),
                ScopeCount(kind="services", count=3),
                ScopeCount(kind="contracts", count=11),
                ScopeCount(kind="workloads", count=2),
            ),
            versions=Versions(
                app="0.1.0",
                engine="DuckDB 2.0.0",
                catalogue_snapshot="2026-11",
                packs=(
                    PackVersion(pack_id="residency", version="1.0.0", title="Residency", rules=14),
                    PackVersion(pack_id="ownership", version="1.0.0", title="Ownership", rules=11),
                    PackVersion(
                        pack_id="concentration", version="1.1.0", title="Concentration", rules=9
                    ),
                ),
                weight_set="2026-06",
            ),
            hashes=Hashes(
                estate="1a" * 32, catalogue="2b" * 32, rules="3c" * 32, findings="4d" * 32
            ),
            run_id=RUN_ID,
            prepared_by=(SignOff(person="A. Moreau", signed_on=date(2026, 11, 2)),),
            command="freehold report riveraine.freehold --kind audit --format pdf,html,xlsx,csv "
            "--as-of 2026-11-01 --out reports",
            notices=("This document is a sample estate: organisation and figures are invented.",),
        ),
        totals=VerdictCounts(passed=4120, failed=311, waived=3, unknown=688, not_applicable=2930),
        score=Score(before_waivers=91.2, after_waivers=91.4, worst_case=78.3),
        coverage=0.866,
        frameworks=(
            Framework(
                framework_id="EU-CSF",
                title="EU Cloud Sovereignty Framework",
                version="2026-06",
                level=0,
                level_name="no sovereignty",
                score=Score(before_waivers=31.4, after_waivers=31.4, worst_case=31.4),
                coverage=0.83,
                capped_by=("SOV-1.1", "SOV-1.8"),
                counts=VerdictCounts(passed=98, failed=30, unknown=16),
                rules_evaluated=48,
            ),
            Framework(
                framework_id="GDPR",
                title="GDPR Chapter V",
                worst_failing="critical",
                score=Score(before_waivers=84.1, after_waivers=85.5, worst_case=71.0),
                coverage=0.91,
                capped_by=("RES-EU-001",),
                counts=VerdictCounts(passed=182, failed=31, waived=3, unknown=23),
                rules_evaluated=6,
            ),
            Framework(
                framework_id="DORA",
                title="DORA Art. 28 to 30",
                worst_failing="medium",
                score=Score(before_waivers=None, after_waivers=None, worst_case=0.0),
                coverage=0.0,
                counts=VerdictCounts(unknown=11),
                rules_evaluated=9,
            ),
        ),
        csf=csf(),
        findings=chosen,
        missing_fields=(
            MissingField(
                field="placements.key_custody",
                description="Key custody",
                verdicts=311,
                rules=("OWN-US-004", "OWN-KEY-002"),
                subjects=212,
                worst_severity="critical",
            ),
            MissingField(
                field="contracts.exit_plan_tested_on",
                description="When the exit plan was last tested",
                verdicts=9,
                rules=("CON-EXT-007",),
                subjects=9,
                worst_severity="low",
            ),
        ),
        unknowns=tuple(
            UnknownRow("OWN-US-004", "high", f"placement-{i}", "key_custody", "fail" if i else None)
            for i in range(5)
        ),
        not_evaluated=(
            RuleNotEvaluated(
                rule_id="RES-NG-001",
                title="Payment data of Nigerian residents is stored in Nigeria",
                reason="not_yet_valid",
                detail="valid from 2027-01-01",
            ),
        ),
        completeness=completeness(),
        unverified=(
            UnverifiedRule(
                rule_id="OWN-US-004",
                title="Data of critical functions is not reachable under a foreign access law",
                severity="high",
                would_fail=7,
                would_pass=2,
                columns=("exposed_us", "parent_country"),
            ),
        ),
        confirmations=(
            Confirmation(
                target="catalogue.providers",
                key="scaleway",
                column="parent_country",
                value="FR",
                author="A. Moreau",
                made_at=datetime(2026, 10, 20, 8, 0),
                source="Company register extract of 2026-10-12",
            ),
        ),
        assumed=(
            AssumedAnswer(
                service="Document archive", criterion="SOV-5.5", option=3, basis="assumed"
            ),
        ),
        waivers=waivers(),
        concentration=(
            Concentration(
                dimension="provider_group",
                base="cost",
                members=(
                    Member(member="Amazon.com, Inc.", share=0.612),
                    Member(member="OVH Groupe SA", share=0.244),
                    Member(member="Dassault Systèmes SE", share=0.113),
                ),
                member_count=3,
                undecided_share=0.031,
                hhi=0.447,
                hhi_high=0.486,
            ),
            Concentration(
                dimension="chip_vendor",
                base="accelerators",
                members=(Member(member="NVIDIA", share=1.0),),
                member_count=1,
                undecided_share=0.0,
                hhi=1.0,
                hhi_high=1.0,
            ),
        ),
        map_points=(
            MapPoint(
                latitude=50.11,
                longitude=8.68,
                label="Frankfurt, DE (aws eu-central-1)",
                exposure="exposed_us",
                placements=188,
            ),
            MapPoint(
                latitude=48.86,
                longitude=2.35,
                label="Paris, FR (outscale eu-west-2)",
                exposure="eea_controlled",
                placements=121,
            ),
            MapPoint(
                latitude=50.69,
                longitude=3.17,
                label="Roubaix, FR (ovhcloud rbx)",
                exposure="unknown",
                placements=44,
            ),
            MapPoint(
                latitude=38.95,
                longitude=-77.45,
                label="Ashburn, US (aws us-east-1)",
                exposure="exposed_us",
                placements=34,
            ),
        ),
        unplaced=25,
        spend=(
            SpendLine(
                provider="aws",
                provider_name="Amazon Web Services",
                parent="Amazon.com, Inc.",
                parent_country="US",
                resources=231,
                resources_without_cost=4,
                usd_per_month=Decimal("351220.5000"),
            ),
            SpendLine(
                provider="ovhcloud",
                provider_name="OVHcloud",
                parent="OVH Groupe SA",
                parent_country="FR",
                resources=122,
                resources_without_cost=14,
                usd_per_month=Decimal("139871.0000"),
            ),
            SpendLine(
                provider="on-prem",
                provider_name=None,
                parent=None,
                parent_country=None,
                resources=59,
                resources_without_cost=59,
                usd_per_month=None,
            ),
        ),
        capacity=capacity(),
        scenarios=Scenarios(
            results=(
                ScenarioResult(
                    name="base",
                    as_of=AS_OF,
                    changes=0,
                    seal=0,
                    score=91.2,
                    coverage=0.866,
                    usd_per_month=Decimal("491091.50"),
                    kg_co2e_per_month=8120.0,
                    largest_parent_share=0.612,
                    critical_functions_lost=0,
                ),
                ScenarioResult(
                    name="Move payments to France",
                    as_of=AS_OF,
                    changes=188,
                    seal=None,
                    seal_low=1,
                    seal_high=2,
                    score=95.8,
                    coverage=0.871,
                    usd_per_month=Decimal("512400.00"),
                    kg_co2e_per_month=3911.0,
                    largest_parent_share=0.441,
                    critical_functions_lost=0,
                ),
            ),
            drivers=(
                Driver(
                    scenario="Move payments to France",
                    what="Compute at OVHcloud instead of AWS",
                    delta=18211.2,
                    unit="USD a month",
                ),
            ),
        ),
        sources=(
            Source(
                name="European Central Bank, euro reference rates",
                tables=("fx_rates",),
                rows=31,
                rows_unverified=0,
                as_of="2026-10-30",
                licence="free with source",
            ),
            Source(
                name="Provider documentation and public filings",
                tables=("providers", "regions"),
                rows=1204,
                rows_unverified=211,
                as_of="2026-11",
            ),
        ),
    )
