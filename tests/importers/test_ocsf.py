"""Findings of scanners: listed with what they name, never an inventory."""

import json
from pathlib import Path
from typing import Any

import pytest

from freehold.importers import recognise
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted, counts


def finding(uid: str = "f-1", **more: Any) -> dict[str, Any]:
    return {
        "class_uid": 2004,
        "category_uid": 2,
        "metadata": {"event_code": "s3_public", "product": {"name": "Prowler"},
                     "version": "1.4.0"},
        "finding_info": {"uid": uid, "title": "No bucket is public"},
        "status_code": "FAIL",
        "severity_id": 4,
        "time_dt": "2026-10-01T02:00:00+02:00",
        "cloud": {"provider": "aws", "account": {"uid": "123456789012"}, "region": "eu-west-3"},
        "resources": [{"uid": "arn:aws:s3:::b", "name": "b", "type": "AwsS3Bucket",
                       "region": "eu-west-3", "data": {"secret": "hunter2"}}],
        "unmapped": {"compliance": {"CIS-3.0": ["2.1.4"], "C5": ["PSS-12", "CRY-03"]}},
        **more,
    }  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def go(*events: Any, lines: bool = False) -> Path:
        path = tmp_path / "findings"
        text = "\n".join(json.dumps(e) for e in events) if lines else json.dumps(list(events))
        path.write_text(text)
        return path

    return go


@pytest.mark.parametrize("lines", [False, True])
def test_a_finding_is_listed_with_its_requirements_and_makes_no_resource(
    lines: bool, write: Any, importing: Reader
) -> None:
    path = write(finding(), finding("f-2", status_code="PASS"), lines=lines)
    assert recognise(path) == "ocsf_findings"
    result = importing(path)
    assert (result.account.read, result.account.imported, result.account.resources) == (2, 2, 0)
    assert set(result.frames) == {"scanner_findings", "provenance", "import_accounts"}
    stored = accepted(result).execute(
        "SELECT check_id, result, severity, provider_id, region_id, account, resource_id, "
        "compliance, found_at::VARCHAR FROM estate.scanner_findings WHERE finding_id = 'f-1'"
    )
    assert stored.fetchall() == [
        ("s3_public", "fail", "high", "aws", "eu-west-3", "123456789012", "arn:aws:s3:::b",
         '{"C5":["CRY-03","PSS-12"],"CIS-3.0":["2.1.4"]}', "2026-10-01 00:00:00"),
    ]  # fmt: skip
    assert "hunter2" not in result.frames["scanner_findings"].to_csv()


def test_a_security_hub_finding_and_one_of_a_cluster(write: Any, importing: Reader) -> None:
    hub = finding("f-3", unmapped=None, status_code=None, class_uid=2003, resources=None,
                  resource={"uid": "arn:x"}, time_dt=None, time=1_760_000_000_000,
                  compliance={"status": "FAILED", "control": "S3.8",
                              "standards": ["ISO 27001"], "requirements": ["A.8.3"]})  # fmt: skip
    pod = finding("f-4", resources=[{"uid": "pod-1", "namespace": "kube-system"}])
    del pod["cloud"]
    result = importing(write(hub, pod))
    frame = result.frames["scanner_findings"].set_index("finding_id")
    assert frame.loc["f-3", "compliance"] == '{"ISO 27001":["A.8.3"]}'
    assert frame.loc["f-3", "result"] == "fail"
    assert str(frame.loc["f-3", "found_at"])[:10] == "2025-10-09"
    assert frame.loc[["f-4"], ["provider_id", "region_id"]].isna().all(axis=None)


def test_placeholders_say_nothing_and_are_counted(write: Any, importing: Reader) -> None:
    blank = finding("<finding_uid>", resources=[{"uid": "arn:aws:iam::<account_uid>:root",
                                                 "region": "<region>"}])  # fmt: skip
    result = importing(write(blank, blank))
    frame = result.frames["scanner_findings"]
    assert frame["finding_id"].is_unique
    assert frame[["region_id", "resource_id"]].isna().all(axis=None)
    told = {e.field: e.count for e in result.account.unknown if "placeholder" in e.reason}
    assert told == {"finding_id": 2, "region_id": 2, "resource_id": 2}


def test_what_is_no_finding_or_stands_twice_is_counted(write: Any, importing: Reader) -> None:
    several = finding("f-5", resources=[{"uid": "a"}, {"uid": "b"}, {"uid": "b"}])
    login = {"class_uid": 3002, "category_uid": 3}
    result = importing(write(finding(), finding(), several, login, "text", {"class_uid": 2004}))
    account = result.account
    assert account.adds_up
    assert (account.read, account.imported, account.rejected) == (6, 2, 2)
    assert sum(counts(account.skipped).values()) == 4
    assert account.rows == {"scanner_findings": 3}
