"""Approving, revising and revoking waivers: what is asked, what is recorded, what it changes."""

from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pytest

from freehold.compliance import Waiver, approving, judge, packs, waivers
from freehold.compliance.packs import Pack
from freehold.compliance.rule import PackHead
from freehold.errors import InputError, RuleError
from freehold.estate import Workspace

from .helpers import named, publish, rule

TODAY = date(2026, 11, 23)


def draft(**parts: Any) -> Waiver:
    whole: dict[str, Any] = {
        "waiver_id": "WV-01",
        "rule_id": "R-1",
        "subject_id": "p0",
        "category": "accepted",
        "reason": "Moves in spring",
        "requester": "Ada",
        "owner": "Ada",
        "approver": "Grace",
        "expires_on": date(2027, 3, 31),
    }
    return Waiver(**(whole | parts))


@pytest.fixture
def fails(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """p0 and p1 fail, p2 passes, p3 is unknown."""
    publish(
        connection,
        "placements",
        named([{"is_eea": eea, "country": "US"} for eea in (False, False, True, None)]),
    )
    return connection


def test_approval_records_date_version_count_and_hash(fails: duckdb.DuckDBPyConnection) -> None:
    judged = judge(fails, [rule(version=3)], TODAY, frameworks=[]).judged
    scoped = draft(subject_id=None, scope=approving.scope_of("placement", ["p1", "p0"]))
    made = approving.approved(fails, judged, scoped)
    assert made.approved_on == TODAY
    assert (made.rule_version_from, made.rule_version_to) == (3, 3)
    assert (made.matched_count, made.matched_hash) == waivers.fingerprint(["p0", "p1"])
    after = judge(fails, [rule(version=3)], TODAY, waivers=[made], frameworks=[])
    assert (after.rule("R-1").waived, after.waivers[0].state) == (2, "active")
    newer = judge(fails, [rule(version=4)], TODAY, waivers=[made], frameworks=[])
    assert (newer.rule("R-1").waived, newer.waivers[0].state) == (0, "void")
    assert newer.waivers[0].left_failing == 2


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"reason": " "}, "no reason"),
        ({"category": None}, "no category"),
        ({"category": "fine"}, "no category 'fine'"),
        ({"requester": None}, "who asks"),
        ({"owner": None}, "no risk owner"),
        ({"approver": " ada"}, "approver is its owner"),
        ({"owner": "Eve", "approver": "Ada"}, "who asked for it"),
        ({"expires_on": None}, "no expiry"),
        ({"expires_on": date(2026, 11, 22), "approved_on": date(2026, 1, 1)}, "has expired"),
        ({"subject_id": "p2"}, "only a fail can be waived"),
        ({"subject_id": "p3"}, "only a fail can be waived"),
        ({"subject_id": "nowhere"}, "only a fail can be waived"),
        ({"scope": "is_eea = FALSE"}, "either a subject or a scope"),
        ({"rule_version_to": 9, "rule_version_from": 8}, "not for version 1"),
    ],
)
def test_an_incomplete_waiver_is_refused_in_one_sentence(
    fails: duckdb.DuckDBPyConnection, parts: dict[str, Any], words: str
) -> None:
    judged = judge(fails, [rule()], TODAY, frameworks=[]).judged
    with pytest.raises(InputError) as refused:
        approving.approved(fails, judged, draft(**parts))
    assert words in str(refused.value)


def test_a_scope_outside_the_grammar_is_refused(fails: duckdb.DuckDBPyConnection) -> None:
    judged = judge(fails, [rule()], TODAY, frameworks=[]).judged
    for scope in ("placement IN (SELECT 1)", "coalesce(is_eea, TRUE)", "no_such_column"):
        with pytest.raises(RuleError):
            approving.approved(fails, judged, draft(subject_id=None, scope=scope))


def test_a_pack_sets_the_longest_that_a_waiver_may_run(fails: duckdb.DuckDBPyConnection) -> None:
    pack = Pack(PackHead(id="short", waiver_max_days=90), (rule(),))
    judged = judge(fails, [pack], TODAY, frameworks=[]).judged
    limits = packs.longest_waivers([pack])
    with pytest.raises(InputError, match="the pack allows 90"):
        approving.approved(fails, judged, draft(), limits)
    fits = approving.approved(fails, judged, draft(expires_on=date(2027, 2, 21)), limits)
    found = judge(fails, [pack], TODAY, waivers=[fits], frameworks=[])
    assert found.waivers[0].state == "active"
    stretched = replace(fits, expires_on=date(2027, 2, 22))
    found = judge(fails, [pack], TODAY, waivers=[stretched], frameworks=[])
    assert (found.waivers[0].state, found.rule("R-1").waived) == ("invalid", 0)


def test_changes_add_revise_and_revoke_a_waiver_and_can_be_undone(
    fails: duckdb.DuckDBPyConnection,
) -> None:
    workspace = Workspace.new(TODAY)
    judged = judge(fails, [rule()], TODAY, frameworks=[]).judged
    made = approving.approved(fails, judged, draft())
    workspace.apply(approving.added(made))
    assert waivers.read(workspace.connection) == [made]
    assert approving.next_id(workspace.connection) == "WV-02"
    later = replace(made, expires_on=date(2027, 4, 30), evidence="Minutes")
    edit = workspace.apply(approving.revised(made, later))
    assert waivers.read(workspace.connection) == [later]
    workspace.undo(edit)
    assert waivers.read(workspace.connection) == [made]
    workspace.apply(approving.revoked(made, TODAY, "Grace"))
    gone = waivers.read(workspace.connection)[0]
    assert (gone.revoked_on, gone.revoked_by) == (TODAY, "Grace")
    with pytest.raises(InputError, match="already"):
        approving.revoked(gone, TODAY, "Grace")
    with pytest.raises(InputError, match="Nobody"):
        approving.revoked(made, TODAY, " ")
    workspace.close()
