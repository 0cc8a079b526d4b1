"""Scenarios beside the base: what moves, what it costs and what drives the difference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.scenarios import BASE, Comparison, Run, compare, run, run_all, scenario_names
from freehold.scenarios.changes import ScenarioFile, add, described, in_words, read_file

NOTHING, FAILOVER, FRANKFURT, SOLD = (
    "nothing", "and its failover", "to Frankfurt", "OUTSCALE goes to the US",
)  # fmt: skip
PARIS = "provider_id = 'aws' AND region_id = 'eu-west-3'"


def change(**parts: object) -> Change:
    return Change.model_validate({"target": "resources", "op": "set", **parts})


@pytest.fixture(scope="module")
def bank(open_sample: Callable[[str], Workspace]) -> Iterator[Workspace]:
    """The bank with its own scenarios and four more, judged once for all tests here."""
    workspace = open_sample("bank")
    stops = [
        change(target=table, where="provider = 'scaleway'", column="available", value=False)
        for table in ("resources", "placements")
    ]
    sold = change(
        target="providers",
        where="provider = 'outscale'",
        column="parent_country",
        value="US",
    )
    for name, changes, parent in (
        (NOTHING, [change(where="resource_id = 'no-such'", column="account", value="x")], None),
        (FAILOVER, stops, shipped(workspace, "cut-off")),
        (FRANKFURT, [change(where=PARIS, column="region_id", value="eu-central-1")], None),
        (SOLD, [sold], None),
    ):
        add(workspace, name, ScenarioFile(changes=changes, parent=parent))
    yield workspace
    workspace.connection.close()


def shipped(bank: Workspace, words: str) -> str:
    """Return the name of the sample's own scenario that holds these words."""
    return next(name for name in scenario_names(bank) if words in name)


@dataclass(frozen=True)
class Judged:
    """Every scenario judged once, and the base's rows from before."""

    runs: list[Run]
    resources_before: pd.DataFrame

    def compared(self, *names: str) -> Comparison:
        """Compare the base and the scenarios named, as though only these had been run."""
        return compare([run for run in self.runs if run.name in (BASE, *names)])


@pytest.fixture(scope="module")
def judged(bank: Workspace) -> Judged:
    before = bank.frame("resources")
    return Judged(run_all(bank, [BASE, *scenario_names(bank), BASE]), before)


def test_a_scenario_that_changes_nothing_has_no_drivers(judged: Judged) -> None:
    found = judged.compared(NOTHING)
    base, same = found.scenarios
    assert (same.score, same.coverage, same.cost_usd, same.fails) == (
        base.score,
        base.coverage,
        base.cost_usd,
        base.fails,
    )
    assert found.drivers == []


def test_cost_drivers_sum_to_the_difference(bank: Workspace, judged: Judged) -> None:
    found = judged.compared(shipped(bank, "OUTSCALE"))
    base, moved = found.scenarios
    assert base.cost_usd is not None and moved.cost_usd is not None
    explained = sum(d.delta or 0.0 for d in found.drivers if d.measure == "cost_usd")
    assert explained == pytest.approx(moved.cost_usd - base.cost_usd, abs=0.05)


def test_rule_drivers_sum_to_the_difference_of_fails(bank: Workspace, judged: Judged) -> None:
    found = judged.compared(shipped(bank, "OUTSCALE"))
    base, moved = found.scenarios
    fails = sum(d.delta or 0.0 for d in found.drivers if d.measure == "fails")
    assert fails == moved.fails - base.fails


def test_a_function_is_lost_only_when_its_failover_is_gone_too(
    bank: Workspace, judged: Judged
) -> None:
    base, cut, both = judged.compared(shipped(bank, "cut-off"), FAILOVER).scenarios
    assert (base.critical_functions_lost, cut.critical_functions_lost) == (0, 0)
    assert both.critical_functions_lost == 1
    assert cut.cost_usd is not None and base.cost_usd is not None
    assert cut.cost_usd < base.cost_usd


def test_moved_resources_are_priced_at_their_new_region(bank: Workspace, judged: Judged) -> None:
    rows = bank.connection.execute(
        f"SELECT count(*), sum(cost_monthly) FROM estate.resources WHERE {PARIS}"
    ).fetchone()
    assert rows is not None and rows[0] > 0
    base, moved = (run.measures for run in judged.runs if run.name in (BASE, FRANKFURT))
    assert base.cost_usd is not None and moved.cost_usd is not None
    assert moved.cost_usd != base.cost_usd
    assert any("Estimate" in note for note in moved.notes)


def test_the_base_is_untouched_by_scenarios(bank: Workspace, judged: Judged) -> None:
    assert judged.resources_before.equals(bank.frame("resources"))


def test_another_date_judges_other_rules(bank: Workspace, judged: Judged) -> None:
    today = judged.runs[0]
    later = run(bank, as_of=today.as_of.replace(year=today.as_of.year + 1))
    assert {item.rule for item in later.judgement.not_evaluated} != {
        item.rule for item in today.judgement.not_evaluated
    }


@pytest.mark.parametrize("name", ["base", "", "   "])
def test_reserved_names_are_refused(bank: Workspace, name: str) -> None:
    with pytest.raises(InputError):
        add(bank, name, ScenarioFile(changes=[]))


def test_a_change_that_does_not_fit_adds_nothing(bank: Workspace) -> None:
    before = scenario_names(bank)
    with pytest.raises(InputError):
        add(
            bank,
            "misspelt",
            ScenarioFile(changes=[change(where="TRUE", column="regoin", value="x")]),
        )
    assert scenario_names(bank) == before


def test_unknown_scenario_is_named(bank: Workspace) -> None:
    with pytest.raises(InputError, match="no-such"):
        run_all(bank, ["no-such"])


def test_changes_read_as_sentences(bank: Workspace) -> None:
    for name in scenario_names(bank):
        lines = described(bank, name)
        assert lines
        assert all(line[0].isupper() for line in lines)
    told = in_words(
        change(where="provider = 'aws'", column="region_id", value="eu-west-3", reason="Residency")
    )
    assert told == "Set region id of resources where provider = 'aws' to eu-west-3 (Residency)"


@pytest.mark.parametrize(
    "text",
    [
        "- target: resources\n  op: remove_row\n  where: provider = 'aws'\n",
        "changes:\n- {table: resources, op: remove_row, where: provider = 'aws'}\n",
    ],
)
def test_both_forms_of_a_file_are_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "changes.yaml"
    path.write_text(text, encoding="utf-8")
    file = read_file(path)
    assert [c.target for c in file.changes] == ["resources"]


@pytest.mark.parametrize(
    "content",
    [b"", b"changes: 3", b"\xff\xfe\x00", b"changes:\n- op: fly\n", b"a: &x [*x]", b"- 1\n- 2\n"],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "changes.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_file(path)
    assert "\n" not in str(caught.value)


def test_base_is_always_first(bank: Workspace, judged: Judged) -> None:
    assert [run.name for run in judged.runs] == [BASE, *scenario_names(bank)]


def test_a_change_of_facts_may_name_columns_as_the_views_do(
    bank: Workspace, judged: Judged
) -> None:
    base, sold = (run for run in judged.runs if run.name in (BASE, SOLD))
    query = "SELECT parent_country FROM \"{}\".providers WHERE provider = 'outscale'"
    before = bank.connection.execute(query.format(base.schemas.views)).fetchone()
    after = bank.connection.execute(query.format(sold.schemas.views)).fetchone()
    assert (before, after) == (("FR",), ("US",))
    assert sold.measures.fails > base.measures.fails
