import json
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest

from freehold.cli.run import run
from freehold.errors import InputError
from freehold.estate import document
from freehold.planning import PlanOptions
from freehold.reports import audit_document
from freehold.reports.formats import money
from freehold.reports.tables import sheets
from freehold.scenarios.changes import add
from freehold.workflows import capacity_search, documents, kept_plans, planning, report_plan
from tests.planning.small_document import small_document
from tests.reports import audit_sample

OPTIONS = PlanOptions(months=3, time_limit=10.0)


PROVIDERS = ("hetzner", "runpod", "scaleway", "upcloud", "verda")


@pytest.fixture(scope="module")
def estate():
    """A document with a served model, a training run and a classic workload, all in Helsinki."""
    workspace = documents.blank(date(2026, 11, 23))
    workspace.own_facts(["prices"])
    workspace.connection.execute(
        "DELETE FROM catalogue.prices WHERE NOT list_contains(?, provider_id)", [list(PROVIDERS)]
    )
    workspace.set_setting("packs", ["residency", "keys-identity", "operations-support"])

    def add(table, *rows):
        workspace.append(table, pd.DataFrame(list(rows)))

    add("organisation", {"organisation_id": "O", "name": "Small", "country_iso2": "FI"})
    add("functions", {"function_id": "F", "name": "Advice", "critical": True})
    add("applications", {"application_id": "A", "name": "Advice", "function_id": "F"})
    add("data_sets", {"data_set_id": "D", "application_id": "A", "volume_gb": 500})
    add("data_set_classes", {"data_set_id": "D", "class_id": "personal"})
    add("data_set_subjects", {"data_set_id": "D", "country_iso2": "FI"})
    add("contracts", {"contract_id": "C", "provider_id": "upcloud", "notice_months": 3,
                      "transition_days": 30, "status": "active"})  # fmt: skip
    add("placements", {"placement_id": "P", "data_set_id": "D", "role": "storage",
                       "provider_id": "upcloud", "region_id": "fi-hel1"})  # fmt: skip
    at = {"provider_id": "upcloud", "region_id": "fi-hel1", "application_id": "A"}
    add(
        "workloads",
        {"workload_id": "CHAT", "kind": "serving", "task": "chat", "precision": "fp8",
         "model_id": "mistral-small-3.2-24b", "model_source": "self_hosted", "engine": "vllm",
         "input_tokens": 1000, "output_tokens": 200, "requests_per_s": 2, "ttft_slo_ms": 2000,
         "tpot_slo_ms": 80, "required_seal": 2, "growth_per_year": 0.5, **at},
        {"workload_id": "TUNE", "kind": "training", "task": "lora", "precision": "bf16",
         "model_id": "mistral-nemo-12b", "model_source": "own", "accelerator_count": 8,
         "tokens_b": 0.1, "runs_per_month": 4, "seq_len": 4096, "global_batch": 32, "tp": 1,
         "pp": 1, **at},
        {"workload_id": "ERP", "kind": "classic", "vcpus": 64, **at},
        {"workload_id": "IDEA", "kind": "training", "application_id": "A"},
    )  # fmt: skip
    yield workspace
    document.close(workspace)


@pytest.fixture(scope="module")
def kept(estate):
    """The plan of the document, kept with it and taken over as a scenario."""
    made = planning.planned(estate, planning.Asked(OPTIONS), pareto=True)
    kept_plans.keep(estate, made)
    add(estate, "As planned", planning.scenario_file(made))
    return made


@pytest.fixture(scope="module")
def result(kept):
    return kept.result


@pytest.fixture
def shop(tmp_path):
    """A document file of a web shop and its ERP."""
    path = tmp_path / "shop.freehold"
    workspace = small_document()
    document.save(workspace, path)
    document.close(workspace)
    return path


def test_every_workload_is_served_whole_and_what_is_left_out_says_why(result):
    assert result.status == "optimal"
    assert result.gap <= 0.01
    for month in range(1, 4):
        for name in ("CHAT", "TUNE", "ERP"):
            here = [r for r in result.placements if r.workload == name]
            share = sum(r.share for r in here if r.from_month <= month <= r.to_month)
            assert share == pytest.approx(1.0, abs=1e-5)
    assert "IDEA" in result.not_planned


def test_the_cost_is_that_of_the_rows_and_the_parts_beside_them(result):
    rows = sum(row.cost_usd for row in result.placements)
    assert rows == pytest.approx(result.cost_parts["placements"], abs=1.0)
    assert sum(result.cost_parts.values()) == pytest.approx(result.cost_usd, abs=1.0)


def test_what_asks_for_seal_2_stays_in_the_eea_and_no_obeyed_rule_fails_again(result):
    assert "RES-EEA-001" in result.obeyed
    assert result.broken == {}
    chat = [row for row in result.placements if row.workload == "CHAT"]
    assert {row.country for row in chat} <= {"FI", "SE", "DE", "FR", "NL", "NO", "IS", "ES", "PL",
                                             "IT", "AT", "BE", "CZ", "DK", "IE"}  # fmt: skip


def test_the_price_of_sovereignty_never_falls_and_says_what_caps_it(result):
    curve = result.pareto
    assert [step.seal for step in curve] == [0, 1, 2, 3, 4]
    costs = [step.cost_usd for step in curve if step.cost_usd is not None]
    assert costs == sorted(costs)
    assert len(costs) >= 2
    for step in curve:
        assert (step.cost_usd is None) == bool(step.conflict)
    assert curve[-1].cost_usd is None
    assert any(row.seal < 2 for row in result.placements)
    assert all(step.capped_by for step, above in pairwise(curve)
               if step.cost_usd is not None and above.cost_usd is None)  # fmt: skip


def test_a_taken_over_plan_is_a_scenario_with_the_workloads_moved(estate, result):
    assert list(estate.frame("scenarios")["name"]) == ["As planned"]
    moved = {move.workload for move in result.migration}
    assert moved == {r.workload for r in result.placements
                     if (r.provider, r.region) != ("upcloud", "fi-hel1")}  # fmt: skip
    assert all(move.contract == "C" and move.notice_months == 3 for move in result.migration)


def test_a_kept_plan_is_a_chapter_of_the_report_until_the_document_changes(estate, kept, result):
    current = kept_plans.current(estate)
    assert current is not None
    assert current.plan_id == kept.plan_id
    assert current.uncertainty.draws == 10_000
    content = audit_sample.content().model_copy(update={"plan": report_plan.plan_content(current)})
    estate.set_setting("as_of", "2026-11-24")
    assert kept_plans.current(estate) is None
    estate.set_setting("as_of", "2026-11-23")
    said = str(audit_document(content).sections)
    assert "estimated or simulated, not measured" in said
    for step in result.pareto:
        cost = repr(money(step.cost_usd, "USD")).strip("'")
        assert f"SEAL-{step.seal} infeasible" in said or cost in said
    assert all(row.workload in said for row in result.placements)
    assert "Simulated, not measured" in said
    names = [sheet.name for sheet in sheets(content)]
    assert names[-3:] == ["Plan", "Migration list", "Price of sovereignty"]
    moves = list(sheets(content)[-2].rows())
    assert [row[1] for row in moves] == [move.workload for move in result.migration]


def test_a_search_tells_where_the_rules_forbid_the_workload(estate, tmp_path):
    path = tmp_path / "small.freehold"
    document.save(estate, path)
    found = capacity_search.search_serving(
        path, "CHAT", chips=["nvidia-l40s"], precisions=["fp8"], places=True
    )
    rows = [row for row in found.rows if row["region_id"]]
    assert found.places_judged
    inside = set(
        estate.connection.execute(
            "SELECT provider_id, region_id FROM catalogue.regions JOIN catalogue.countries"
            " USING (country_iso2) WHERE eea_member"
        ).fetchall()
    )
    near = [row for row in rows if (row["provider_id"], row["region_id"]) in inside]
    far = [row for row in rows if row["place_allowed"] is False]
    assert near and far
    assert not any("RES-" in row["place_forbidden_by"] for row in near)
    assert any("RES-" in row["place_forbidden_by"] for row in far)
    for row in rows:
        assert (row["place_allowed"] is False) == bool(row["place_forbidden_by"])
        assert row["place_allowed"] is not True or not row["place_undecided_by"]


def test_an_estate_without_a_workload_to_plan_says_why():
    workspace = documents.blank(date(2026, 11, 23))
    workspace.set_setting("packs", ["operations-support"])
    workspace.own_facts(["prices"])
    workspace.connection.execute("DELETE FROM catalogue.prices WHERE provider_id <> 'upcloud'")
    workspace.append("workloads", pd.DataFrame([{"workload_id": "IDEA", "kind": "training"}]))
    with pytest.raises(InputError, match=r"no workload that can be planned.*IDEA: "):
        planning.planned(workspace, planning.Asked(OPTIONS))
    document.close(workspace)


def test_the_command_tells_an_impossible_plan_with_its_conflict_and_a_bad_wish_in_a_sentence(
    shop, capsys
):
    wish = ["plan", str(shop), "--months", "1", "--min-seal", "4", "--json"]
    assert run(wish, lambda *_: 0) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "infeasible"
    assert answer["cost_usd"] is None
    assert any("WEB" in line and "SEAL 4" in line for line in answer["conflict"])
    taken = ["plan", str(shop), "--months", "1", "--json", "--save-as"]
    assert run([*taken, "Taken"], lambda *_: 0) == 0
    assert json.loads(capsys.readouterr().out)["saved_as"] == "Taken"
    assert run([*taken, "Taken"], lambda *_: 0) == 2
    assert "already" in capsys.readouterr().err
    assert run(["plan", str(shop), "--gap", "0"], lambda *_: 0) == 2
    assert "gap" in capsys.readouterr().err
    for limit, told in (("gold=1", "'gold'"), ("share=0.5", "share:D"), ("share:region=2", "2")):
        assert run(["plan", str(shop), "--limit", limit], lambda *_: 0) == 2
        assert told in capsys.readouterr().err
