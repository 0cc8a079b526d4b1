"""Several sources of one resource, and the same source again, taken over into a document."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from freehold.estate import Workspace, document
from freehold.estate.changes import Change
from freehold.importers import ImportAccount, conflicts
from freehold.workflows.documents import blank
from freehold.workflows.importing import read_into
from tests.examples import examples

WEB = "arn:aws:ec2:eu-west-3:123456789012:instance/i-0123456789abcdef0"
JOB = "arn:aws:ec2:eu-west-3:123456789012:instance/i-0fedcba9876543210"


@pytest.fixture
def estate() -> Any:
    workspace = blank()
    yield workspace
    workspace.close()


@pytest.fixture
def put(tmp_path: Path, estate: Workspace) -> Any:
    """Write each export under its name and import them together."""

    def go(**exports: Any) -> ImportAccount:
        paths = []
        for name, content in exports.items():
            path = tmp_path / name
            path.write_text(content if isinstance(content, str) else json.dumps(content))
            paths.append(path)
        return read_into(estate, paths).account

    return go


def config(*items: dict[str, Any]) -> dict[str, Any]:
    return {"configSnapshotId": "x", "configurationItems": list(items)}


def item(arn: str = WEB, **more: Any) -> dict[str, Any]:
    return {
        "awsAccountId": "123456789012", "awsRegion": "eu-west-3", "ARN": arn,
        "resourceType": "AWS::EC2::Instance", "resourceId": arn.rpartition("/")[2],
        "resourceName": "web", "tags": {"team": "a"},
        "configuration": {"instanceType": "m5.large"}, **more,
    }  # fmt: skip


def state(lineage: str = "l-1", **attributes: Any) -> dict[str, Any]:
    given = {"id": WEB, "name": "web", "region": "eu-west-3", "instance_type": "m5.large",
             "tags": {"owner": "b"}, **attributes}  # fmt: skip
    block = {"mode": "managed", "type": "aws_instance", "name": "w",
             "instances": [{"attributes": given}]}  # fmt: skip
    return {"version": 4, "terraform_version": "1", "lineage": lineage, "resources": [block]}


def held(estate: Workspace, *columns: str, resource: str = WEB) -> Any:
    found = estate.connection.execute(
        f"SELECT {', '.join(columns)} FROM estate.resources WHERE resource_id = ?", [resource]
    ).fetchall()
    assert len(found) == 1
    return found[0] if len(columns) > 1 else found[0][0]


def edit(estate: Workspace, column: str, value: Any) -> None:
    change = Change(target="estate.resources", op="set", key={"resource_id": WEB},
                    column=column, value=value)  # fmt: skip
    estate.apply([change])


def done(account: ImportAccount) -> tuple[int | None, ...]:
    return account.added, account.updated, account.unchanged, account.vanished


def test_the_same_source_again_updates_and_marks_what_vanished(put: Any, estate: Workspace) -> None:
    assert done(put(day1=config(item(), item(JOB)))) == (2, 0, 0, 0)
    assert done(put(day1=config(item(), item(JOB)))) == (0, 0, 2, 0)
    larger = item(configuration={"instanceType": "m5.xlarge"})
    account = put(day2=config(larger))
    assert done(account) == (0, 1, 0, 1)
    assert [(v.table, v.row) for v in account.vanished_rows] == [("resources", JOB)]
    assert estate.row_count("resources") == 2
    assert held(estate, "instance_type", "status") == ("m5.xlarge", "active")
    assert held(estate, "status", resource=JOB) == "not_in_source"
    assert done(put(day3=config(larger, item(JOB)))) == (0, 1, 1, 0)
    assert held(estate, "status", resource=JOB) == "active"
    assert not conflicts(estate.connection)


def test_a_snapshot_of_another_region_makes_nothing_vanish(put: Any, estate: Workspace) -> None:
    put(one=config(item()))
    elsewhere = item(JOB.replace("eu-west-3", "eu-west-1"), awsRegion="eu-west-1")
    assert done(put(two=config(elsewhere))) == (1, 0, 0, 0)
    assert held(estate, "status") == "active"


def test_two_files_of_one_name_are_two_sources_unless_they_share_a_row(
    put: Any, estate: Workspace
) -> None:
    node = {"kind": "Node", "metadata": {"name": "a", "uid": "1"}, "spec": {}, "status": {}}
    other = {**node, "metadata": {"name": "b", "uid": "2"}}
    put(nodes={"kind": "List", "items": [node]})
    assert done(put(nodes={"kind": "List", "items": [other]})) == (1, 0, 0, 0)
    third = {**node, "metadata": {"name": "c", "uid": "3"}}
    assert done(put(nodes={"kind": "List", "items": [other, third]})) == (1, 0, 1, 1)


def test_two_sources_are_joined_and_their_conflict_is_listed(put: Any, estate: Workspace) -> None:
    put(config=config(item()))
    account = put(state=state(instance_type="m5.2xlarge"))
    assert estate.row_count("resources") == 1
    assert done(account) == (0, 1, 0, 0)
    # The newest import wins; what only the other source says stays, tags key by key.
    assert held(estate, "instance_type", "account") == ("m5.2xlarge", "123456789012")
    tags = json.loads(held(estate, "tags"))
    assert (tags["team"], tags["owner"]) == ("a", "b")
    found = {c.field: c for c in account.conflicts}
    assert account.conflict_count == len(found)
    entry = found["instance_type"]
    assert (entry.value, entry.source) == ("m5.2xlarge", "state#1")
    assert (entry.other_value, entry.other_source) == ("m5.large", "config#1")
    stored = estate.connection.execute(
        "SELECT conflicts FROM estate.import_accounts WHERE source_name = 'state'"
    ).fetchall()
    assert stored == [(len(found),)]
    origin = estate.connection.execute(
        "SELECT source_name, record FROM estate.provenance p JOIN estate.resources r "
        "USING (provenance_id)"
    ).fetchall()
    assert origin == [("state", 1)]


def test_sources_of_one_import_are_joined_the_first_named_winning(
    put: Any, estate: Workspace
) -> None:
    account = put(config=config(item()), state=state(instance_type="m5.2xlarge"))
    assert held(estate, "instance_type") == "m5.large"
    assert (account.kind, account.added, account.updated) == ("several", 1, 1)
    assert account.sources is not None
    assert [done(source) for source in account.sources] == [(1, 0, 0, 0), (0, 1, 0, 0)]
    assert "instance_type" in {c.field for c in account.conflicts}


def test_an_edit_always_wins_until_it_is_undone(put: Any, estate: Workspace) -> None:
    put(config=config(item()))
    edit(estate, "instance_type", "mine")
    edit(estate, "environment", "production")
    account = put(config=config(item(configuration={"instanceType": "m5.xlarge"})))
    assert held(estate, "instance_type", "environment") == ("mine", "production")
    entry = next(c for c in account.conflicts if c.field == "instance_type")
    assert (entry.source, entry.other_value) == ("edited here", "m5.xlarge")
    assert "environment" not in {c.field for c in account.conflicts}
    edit(estate, "instance_type", "m5.xlarge")
    put(config=config(item(configuration={"instanceType": "m5.2xlarge"})))
    assert held(estate, "instance_type") == "m5.2xlarge"


def test_what_a_source_says_no_longer_is_no_longer_known(put: Any, estate: Workspace) -> None:
    put(config=config(item()))
    put(config=config(item(configuration={})))
    assert held(estate, "instance_type") is None


def test_another_spelling_of_the_id_is_the_same_resource(put: Any, estate: Workspace) -> None:
    put(config=config(item()))
    node = {"kind": "Node", "metadata": {"name": "n", "uid": "u"},
            "spec": {"providerID": "aws:///eu-west-3a/i-0123456789abcdef0"}}  # fmt: skip
    account = put(nodes={"kind": "List", "items": [node]})
    assert done(account) == (0, 1, 0, 0)
    assert estate.row_count("resources") == 1
    assert held(estate, "zone") == "eu-west-3a"
    assert any("another spelling" in note for note in account.notes)


def test_a_row_entered_by_hand_is_filled_and_not_overwritten(put: Any, estate: Workspace) -> None:
    row = {"resource_id": WEB, "name": "by hand", "provider_id": "aws"}
    estate.apply([Change(target="estate.resources", op="add_row", row=row)])
    put(config=config(item()))
    assert held(estate, "name", "region_id") == ("by hand", "eu-west-3")


def test_findings_name_the_resource_by_the_key_it_has(put: Any, estate: Workspace) -> None:
    put(config=config(item()))
    event = {"class_uid": 2004, "finding_info": {"uid": "f", "title": "t"}, "status_code": "FAIL",
             "resources": [{"uid": "i-0123456789abcdef0"}]}  # fmt: skip
    account = put(findings=[event])
    assert (account.added, estate.row_count("resources")) == (1, 1)
    found = estate.connection.execute("SELECT resource_id FROM estate.scanner_findings")
    assert found.fetchall() == [(WEB,)]
    assert done(put(findings=[{**event, "status_code": "PASS"}])) == (0, 1, 0, 0)


def test_one_bad_source_of_several_changes_nothing(put: Any, estate: Workspace) -> None:
    put(config=config(item()))
    before = estate.frame("resources").to_csv()
    with pytest.raises(InputError, match="cut off"):
        put(config=config(item(JOB)), broken='{"configurationItems": [')
    assert estate.frame("resources").to_csv() == before
    assert estate.row_count("import_claims") == 1


def test_claims_survive_saving(put: Any, estate: Workspace, tmp_path: Path) -> None:
    put(config=config(item()))
    put(state=state(instance_type="m5.2xlarge"))
    document.save(estate, tmp_path / "saved.freehold")
    again = document.load(tmp_path / "saved.freehold", lock=False)
    assert conflicts(again.connection) == conflicts(estate.connection) != []
    again.close()


@settings(
    max_examples=examples(3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(snapshots=st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=1, max_size=4))
def test_any_run_of_snapshots_keeps_every_row_and_knows_which_are_left(
    snapshots: list[set[int]], tmp_path: Path
) -> None:
    workspace = blank()
    seen: set[int] = set()
    for position, numbers in enumerate(snapshots):
        path = tmp_path / "snapshot"
        text = json.dumps(config(*(item(f"{WEB[:-1]}{number}") for number in sorted(numbers))))
        path.write_text(text + " " * position)
        account = read_into(workspace, [path]).account
        before = snapshots[position - 1] if position else set()
        assert account.added == len(numbers - seen)
        assert (account.updated or 0) + (account.unchanged or 0) == len(numbers & seen)
        assert account.vanished == len(before - numbers)
        seen |= numbers
    left = workspace.connection.execute(
        "SELECT resource_id FROM estate.resources WHERE status <> 'not_in_source'"
    ).fetchall()
    assert {int(name[-1]) for (name,) in left} == snapshots[-1]
    assert workspace.row_count("resources") == len(seen)
    workspace.close()
