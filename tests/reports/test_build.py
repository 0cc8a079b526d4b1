"""The content built from a judged sample estate ties to the engine's own tables."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from freehold.compliance import Judgement, judge, packs
from freehold.compliance import waivers as waiver_rows
from freehold.compliance.csf.levels import EstateLevel, estate_level
from freehold.estate import Workspace
from freehold.reports import (
    AuditContent,
    RunFacts,
    audit_content,
    csf_content,
    estimated_capacity,
    evidence_bytes,
    simulated_loads,
    write_report,
)

RUN = RunFacts(
    run_id="ab" * 32,
    estate_sha256="1" * 64,
    catalogue_sha256="2" * 64,
    rules_sha256="3" * 64,
    weight_set="2026-06",
    command="freehold report agency.freehold --kind audit --format pdf --out reports",
)


class Judged:
    """A sample estate, judged."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.workspace.publish()
        self.packs = packs.choose(self.workspace.packs)
        self.judgement: Judgement = judge(
            self.workspace.connection,
            self.packs,
            self.workspace.as_of,
            waivers=waiver_rows.read(self.workspace.connection),
        )
        self.level: EstateLevel = estate_level(
            self.workspace.connection, as_of=self.workspace.as_of
        )

    def content(self) -> AuditContent:
        return audit_content(
            self.workspace,
            self.judgement,
            self.packs,
            RUN,
            csf=csf_content(self.workspace.connection, self.level),
            capacity=estimated_capacity(self.workspace),
        )


@pytest.fixture(scope="module")
def judged(open_sample: Callable[[str], Workspace]) -> Iterator[Judged]:
    made = Judged(open_sample("agency"))
    yield made
    made.workspace.close()


@pytest.fixture(scope="module")
def content(judged: Judged) -> AuditContent:
    return judged.content()


def test_findings_are_the_failing_and_waived_verdicts(
    judged: Judged, content: AuditContent
) -> None:
    verdicts = judged.workspace.connection.execute(
        "SELECT rule_id, subject_id, result FROM results.verdicts"
        " WHERE result IN ('fail', 'waived')"
    ).fetchall()
    printed = [(g.rule_id, row.subject_id, row.result) for g in content.findings for row in g.rows]
    assert sorted(printed) == sorted(verdicts)
    assert verdicts


def test_each_groups_counts_match_its_rows(content: AuditContent) -> None:
    for group in content.findings:
        assert group.counts.failed == sum(row.result == "fail" for row in group.rows)
        assert group.counts.waived == sum(row.result == "waived" for row in group.rows)
        assert all(len(row.evidence) == len(group.evidence_columns) for row in group.rows)


def test_every_unknown_verdict_is_listed_with_what_it_lacks(content: AuditContent) -> None:
    assert len(content.unknowns) == content.totals.unknown
    assert content.missing_fields
    assert all(field.description for field in content.missing_fields)
    named = {field.field for field in content.missing_fields}
    for row in content.unknowns:
        parts = row.reason.split(", ")
        assert set(parts) <= named or row.reason in {"missing", "error", "unverified"}


def test_overall_score_is_the_weighted_mean_of_the_rules(
    judged: Judged, content: AuditContent
) -> None:
    decided = [(r.weight, r.score) for r in judged.judgement.rules if r.score is not None]
    expected = sum(w * s for w, s in decided) / sum(w for w, _ in decided)
    assert content.score.before_waivers == pytest.approx(expected)
    assert content.score.worst_case is not None
    assert content.score.worst_case <= expected


def test_judged_cost_never_exceeds_what_resources_carry(
    judged: Judged, content: AuditContent
) -> None:
    part = content.completeness
    assert 0 < part.resources_judged <= part.resources
    assert part.resources == judged.workspace.row_count("resources")
    for line in part.currencies:
        assert Decimal(0) <= line.judged <= line.carried


def test_spend_adds_up_to_the_published_cost(judged: Judged, content: AuditContent) -> None:
    row = judged.workspace.connection.execute(
        "SELECT sum(cost_usd), count(*) FROM views.resources"
    ).fetchone()
    assert row is not None
    assert sum(line.usd_per_month or 0 for line in content.spend) == (row[0] or 0)
    assert sum(line.resources for line in content.spend) == row[1]


def test_placements_on_the_map_and_off_it_are_all_placements(
    judged: Judged, content: AuditContent
) -> None:
    row = judged.workspace.connection.execute("SELECT count(*) FROM views.placements").fetchone()
    assert row is not None
    assert sum(p.placements for p in content.map_points) + content.unplaced == row[0]


def test_the_framework_keeps_the_estates_level(judged: Judged, content: AuditContent) -> None:
    csf = content.csf
    assert csf is not None
    assert (csf.seal, csf.seal_low, csf.seal_high) == (
        judged.level.seal,
        judged.level.seal_low,
        judged.level.seal_high,
    )
    assert csf.seal_low == min(objective.seal_low for objective in csf.objectives)
    assert sum(objective.weight_percent for objective in csf.objectives) == 100
    assert len(csf.objectives) == 8
    assert [s.service for s in csf.services] == [s.service for s in judged.level.services]


def test_workloads_are_all_there_and_say_what_they_rest_on(
    judged: Judged, content: AuditContent
) -> None:
    workloads = content.capacity.workloads
    assert len(workloads) == judged.workspace.row_count("workloads")
    assert all(workload.calibrated for workload in workloads)
    for workload in workloads:
        assert workload.usd_per_month.value is not None or workload.notes


def test_building_twice_gives_the_same_evidence(judged: Judged, content: AuditContent) -> None:
    assert evidence_bytes(judged.content()) == evidence_bytes(content)


def test_a_real_estate_is_written_in_every_format(content: AuditContent, tmp_path: Path) -> None:
    names = {path.name for path, _ in write_report(content, out_dir=tmp_path)}
    assert {"report.pdf", "report.html", "findings.xlsx", "findings.csv", "SHA256SUMS"} <= names


def test_serving_workloads_are_simulated_always_alike_or_say_why_not(judged: Judged) -> None:
    served = {
        "workload_id": "W-CHAT",
        "name": "Chat",
        "kind": "serving",
        "term": "on_demand",
        "model_id": "mistral-small-3.2-24b",
        "precision": "fp8",
        "accelerator_id": "nvidia-l40s",
        "accelerator_count": 2.0,
        "tp": 2,
        "input_tokens": 800.0,
        "output_tokens": 100.0,
        "requests_per_s": 1.0,
        "ttft_slo_ms": 1500.0,
    }
    unknown = {**served, "workload_id": "W-ODD", "model_id": "no-such-model"}
    by_token = {**served, "workload_id": "W-API", "term": "token_api"}
    rows = pd.DataFrame([served, unknown, by_token])
    chat, odd = simulated_loads(rows, judged.workspace.connection)
    assert chat.ttft_p50 is not None and chat.ttft_p95 is not None
    assert 0 < chat.ttft_p50.value < chat.ttft_p95.value
    assert chat.overloaded is None and chat.targets[0][0] == 1500.0
    assert odd.refused is not None and "no-such-model" in odd.refused
    assert (chat, odd) == simulated_loads(rows, judged.workspace.connection)
