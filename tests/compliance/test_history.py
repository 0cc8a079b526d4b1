"""Kept runs: what differs between two of them, why, and when a finding was seen."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.compliance import Pack, history, judge, waivers
from freehold.compliance.history import KeptRun, keeping
from freehold.compliance.rule import PackHead, Rule
from freehold.errors import DocumentError, InputError
from freehold.estate import Workspace, publish
from freehold.estate.changes import Change
from tests.examples import examples

from .helpers import rule

TODAY = date(2026, 11, 27)
REGIONS = ("eu-central-1", "us-east-1", None)


def packs_of(*rules: Rule) -> list[Pack]:
    return [Pack(PackHead(id="own-pack", version="1.0.0"), rules)]


OUTSIDE = rule("R-1", fails="NOT is_eea", weight=3)
AMERICAN = rule("R-2", fails="country = 'US'")
DATED = rule(
    "R-3", fails="role = 'storage' AND $as_of > $start", params={"start": date(2027, 1, 1)}
)


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    made = Workspace.new(TODAY)
    rows = [
        {"placement_id": f"p{n}", "provider_id": "aws", "region_id": region, "role": "storage"}
        for n, region in enumerate(("eu-central-1", "us-east-1", None, "eu-central-1"))
    ]
    made.append("placements", pd.DataFrame(rows, dtype=object))
    yield made
    made.close()


def kept(workspace: Workspace, name: str, *rules: Rule, as_of: date = TODAY) -> KeptRun:
    """Judge the document with these rules and keep the run under a name."""
    packs = packs_of(*(rules or (OUTSIDE, AMERICAN)))
    workspace.set_setting("as_of", as_of.isoformat())
    # These rules read no other view.
    publish(workspace.connection, as_of=as_of, only="placements")
    found = judge(
        workspace.connection, packs, as_of, waivers=waivers.read(workspace.connection),
        frameworks=[],
    )  # fmt: skip
    return history.keep(
        workspace, found, packs, run_id=name, scenario="base", weights="2026-06", levels={},
        coverage=None,
    )  # fmt: skip


def move(workspace: Workspace, placement: str, region: str | None) -> None:
    workspace.apply(
        [
            Change(
                target="estate.placements",
                op="set",
                key={"placement_id": placement},
                column="region_id",
                value=region,
            )
        ]
    )


def causes(found: history.Comparison) -> list[str]:
    return [cause.cause for cause in found.causes]


def assert_sums(found: history.Comparison) -> None:
    """The causes' shares sum to the whole difference, in counts and in scores."""
    for name, whole in found.verdicts.items():
        assert sum(cause.verdicts[name] for cause in found.causes) == whole, name
    shares = [cause.score for cause in found.causes]
    if found.before.score is not None and found.after.score is not None and None not in shares:
        total = sum(share for share in shares if share is not None)
        assert total == pytest.approx(found.after.score - found.before.score)


def test_identical_runs_do_not_differ(workspace: Workspace) -> None:
    first, second = kept(workspace, "aa"), kept(workspace, "bb")
    found = history.compare(workspace, first, second)
    assert (found.findings, found.causes, found.changed, found.moved) == (0, (), (), {})
    assert keeping.file_of(workspace, first) == keeping.file_of(workspace, second)


def test_each_cause_is_told_apart(workspace: Workspace) -> None:
    first = kept(workspace, "aa")
    move(workspace, "p0", "us-east-1")
    second = kept(workspace, "bb")
    found = history.compare(workspace, first, second)
    assert causes(found) == ["estate"]
    assert {(c.rule_id, c.subject_id, c.before, c.after) for c in found.changed} == {
        ("R-1", "p0", "pass", "fail"),
        ("R-2", "p0", "pass", "fail"),
    }
    third = kept(workspace, "cc", OUTSIDE, rule("R-2", fails="country = 'DE'"))
    assert causes(history.compare(workspace, second, third)) == ["rules"]
    workspace.apply(
        [
            Change(
                target="catalogue.regions", op="set", column="country_iso2", value="DE",
                key={"provider_id": "aws", "region_id": "us-east-1"},
            )
        ]
    )  # fmt: skip
    fourth = kept(workspace, "dd", OUTSIDE, rule("R-2", fails="country = 'DE'"))
    moved = history.compare(workspace, third, fourth)
    assert causes(moved) == ["facts"]
    assert moved.causes[0].changed == ("regions",)
    assert moved.findings
    whole = history.compare(workspace, first, fourth)
    assert causes(whole) == ["estate", "facts", "rules"]
    assert_sums(whole)


def test_a_date_that_passes_is_a_cause_of_its_own(workspace: Workspace) -> None:
    first = kept(workspace, "aa", DATED)
    second = kept(workspace, "bb", DATED, as_of=date(2027, 6, 1))
    found = history.compare(workspace, first, second)
    assert causes(found) == ["date"]
    assert found.verdicts["fail"] == 4
    move(workspace, "p3", "us-east-1")
    third = kept(workspace, "cc", DATED, OUTSIDE, as_of=date(2027, 6, 1))
    both = history.compare(workspace, first, third)
    assert causes(both) == ["estate", "rules", "date"]
    assert_sums(both)
    assert {c.causes for c in both.changed if c.rule_id == "R-3"} == {("date",)}


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["p0", "p1", "p2", "p3"]), st.sampled_from(REGIONS)), max_size=3
    ),
    predicate=st.sampled_from(["country = 'US'", "NOT is_eea", "country <> 'US'"]),
    version=st.integers(1, 3),
)
def test_causes_sum_to_the_whole_difference(
    workspace: Workspace, moves: list[tuple[str, str | None]], predicate: str, version: int
) -> None:
    first = kept(workspace, "aa")
    for placement, region in moves:
        move(workspace, placement, region)
    second = kept(workspace, "bb", OUTSIDE, rule("R-2", fails=predicate, version=version))
    found = history.compare(workspace, first, second, limit=None)
    assert found.not_attributed_because is None
    assert_sums(found)
    assert len(found.changed) == found.findings == sum(found.moved.values())
    back = history.compare(workspace, second, first, limit=None)
    assert {(c.rule_id, c.subject_id, c.after, c.before) for c in back.changed} == {
        (c.rule_id, c.subject_id, c.before, c.after) for c in found.changed
    }


def test_a_finding_is_seen_first_last_and_again(workspace: Workspace) -> None:
    days = [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)]
    for number, (day, region) in enumerate(
        zip(days, ("us-east-1", "eu-central-1", "us-east-1"), strict=True)
    ):
        move(workspace, "p0", region)
        kept(workspace, f"a{number}", as_of=day)
    found = history.seen(workspace, history.kept_runs(workspace), ["R-1"])
    once = found["R-1", "p0"]
    assert (once.first, once.last, once.reopened) == (days[0], days[2], 1)
    assert found["R-1", "p1"].reopened == 0
    assert ("R-1", "p3") not in found
    assert ("R-1", "p2") not in found


def test_old_runs_go_and_their_estates_before_them(workspace: Workspace) -> None:
    for number in range(5):
        move(workspace, "p0", REGIONS[number % 2])
        kept(workspace, f"a{number}", as_of=date(2026, 1 + number, 1))
    runs = history.kept_runs(workspace)
    assert [run.run_id for run in runs] == ["a4", "a3", "a2", "a1", "a0"]
    assert keeping.can_judge_again(workspace, runs[0])
    assert keeping.retain(workspace, 2) == 3
    assert [run.run_id for run in history.kept_runs(workspace)] == ["a4", "a3"]
    for bad in (0, 41):
        with pytest.raises(InputError, match="keeps 1 to"):
            keeping.retain(workspace, bad)
    for run in history.kept_runs(workspace):
        keeping.remove(workspace, run)
    assert not [n for n in workspace.attachments if n.startswith(("runs/", "kept/"))]


def test_what_is_no_longer_kept_is_said_and_the_difference_still_told(
    workspace: Workspace,
) -> None:
    first = kept(workspace, "aa")
    move(workspace, "p0", "us-east-1")
    second = kept(workspace, "bb", OUTSIDE)
    for sha256 in second.estate.values():
        workspace.attachments.pop(f"kept/{sha256}.parquet")
    found = history.compare(workspace, first, second)
    assert found.findings
    assert found.causes == ()
    assert "no longer kept" in str(found.not_attributed_because)


@pytest.mark.parametrize("damage", [b"", b"PAR1 and nothing more", b"{}"])
def test_a_damaged_run_is_one_sentence(workspace: Workspace, damage: bytes) -> None:
    first = kept(workspace, "aa")
    workspace.attachments["runs/aa.parquet"] = damage
    with pytest.raises(DocumentError):
        history.compare(workspace, first, first)


def test_a_run_is_found_by_the_beginning_of_its_id(workspace: Workspace) -> None:
    kept(workspace, "ab12")
    kept(workspace, "ac34")
    assert keeping.find(workspace, "ab").run_id == "ab12"
    for name, words in (("a", "2 kept runs"), ("zz", "no kept run"), ("", "no kept run")):
        with pytest.raises(InputError, match=words):
            keeping.find(workspace, name)


def row_of(workspace: Workspace) -> tuple[Any, ...]:
    found = workspace.connection.execute("SELECT * FROM estate.runs").fetchone()
    assert found is not None
    return tuple(found)


def test_keeping_the_same_run_twice_keeps_it_once(workspace: Workspace) -> None:
    kept(workspace, "aa")
    before, files = row_of(workspace), dict(workspace.attachments)
    kept(workspace, "aa")
    assert row_of(workspace) == before
    assert workspace.attachments == files
