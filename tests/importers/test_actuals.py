"""Measured use: every record is taken over or left out with a reason, and held against demand."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.planning import forecast_error
from freehold.workflows.actuals import compared, read_into


@pytest.fixture(scope="module")
def document() -> Workspace:
    made = Workspace.new(date(2026, 11, 1))
    made.append(
        "workloads",
        pd.DataFrame(
            {
                "workload_id": ["W-CHAT", "W-CODE"],
                "name": ["Chat", "Code helper"],
                "kind": "serving",
                "requests_per_s": [2.0, 1.0],
                "input_tokens": [1000.0, 500.0],
            }
        ),
    )
    return made


@pytest.fixture
def workspace(document: Workspace) -> Workspace:
    document.connection.execute("DELETE FROM estate.actuals")
    return document


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_record_of_a_table_is_counted(workspace: Workspace, tmp_path: Path) -> None:
    source = written(
        tmp_path,
        "use.csv",
        "workload_id,period_start,requests_total,utilisation\n"
        "W-CHAT,2026-10-01,172800,0.5\n"
        "chat,2026-10-02,100,\n"
        "W-GONE,2026-10-01,5,\n"
        "W-CHAT,yesterday,5,\n"
        "W-CHAT,2026-10-03,many,\n"
        "W-CHAT,2026-10-04,5,55\n"
        "W-CHAT,2026-10-05,-5,\n"
        "W-CHAT,2026-10-06,,\n"
        "W-CHAT,2026-10-01,7,\n"
        "W-CHAT,2026-10-07\n",
    )
    result, rejected = read_into(workspace, source)
    assert (result.read, result.imported, result.added) == (10, 2, 2)
    assert result.read == result.imported + sum(entry.count for entry in result.skipped)
    assert {entry.reason for entry in result.skipped} == {
        "the document has no workload 'W-GONE'",
        "period_start is not a date that is understood",
        "requests_total is not a number",
        "utilisation is above 1: give a share, not a percentage",
        "requests_total is negative",
        "nothing is measured in it",
        "a record of the same workload and start came before",
        "record has too few fields",
    }
    assert list(rejected["record"]) == [3, 4, 5, 6, 7, 8, 9, 10]
    kept = workspace.frame("actuals")
    assert list(kept["workload_id"]) == ["W-CHAT", "W-CHAT"]
    assert set(kept["hours"]) == {24.0}
    again, _ = read_into(workspace, source)
    assert (again.added, again.updated) == (0, 2)
    assert len(workspace.frame("actuals")) == 2


def test_a_mapping_is_kept_and_found_again(workspace: Workspace, tmp_path: Path) -> None:
    mapping = written(
        tmp_path,
        "metering.yaml",
        "table: actuals\ncolumns: {workload_id: App, period_start: Tag, requests_total: Anzahl}\n"
        "values: {workload_id: {Plauderei: W-CHAT}}\ndecimal: ','\ndates: '%d.%m.%Y'\n",
    )
    source = written(tmp_path, "use.csv", "App;Tag;Anzahl\nPlauderei;01.10.2026;1.234,5\n")
    read_into(workspace, source, profile=str(mapping))
    row = workspace.frame("actuals").iloc[0]
    assert (row["workload_id"], row["requests_total"]) == ("W-CHAT", 1234.5)
    assert row["period_start"] == pd.Timestamp("2026-10-01")
    found, _ = read_into(workspace, source, profile="metering")
    assert found.updated == 1
    other = written(tmp_path, "other.yaml", "columns: {resource_id: App}\n")
    with pytest.raises(InputError, match="not actuals"):
        read_into(workspace, source, profile=str(other))


def samples(*values: float) -> list[list[object]]:
    start = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    return [[start + 6 * 3600 * step, str(value)] for step, value in enumerate(values)]


def test_prometheus_counters_and_gauges_become_days(workspace: Workspace, tmp_path: Path) -> None:
    tokens = {"__name__": "vllm:prompt_tokens_total", "workload": "W-CHAT"}
    answer = {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {"metric": {**tokens, "pod": "a"}, "values": samples(100, 200, 400, 30, 50, 60)},
                {"metric": {**tokens, "pod": "b"}, "values": samples(0, 0, 5, 5, 5, 6)},
                {
                    "metric": {"__name__": "DCGM_FI_DEV_GPU_UTIL", "workload": "Code helper"},
                    "values": samples(40, 60, 50, 50),
                },
                {"metric": {"__name__": "go_goroutines", "workload": "W-CHAT"}, "values": []},
                {"metric": {"workload": "W-CHAT"}, "values": samples(1, 2)},
                {"metric": {**tokens, "workload": "W-GONE"}, "values": samples(1, 2)},
            ],
        },
    }
    result, _ = read_into(workspace, written(tmp_path, "answer.json", json.dumps(answer)))
    assert (result.kind, result.read, result.imported) == ("prometheus", 6, 3)
    assert sum(entry.count for entry in result.skipped) == 3
    kept = workspace.frame("actuals").sort_values("actual_id")
    chat = kept[kept["workload_id"] == "W-CHAT"]
    # 100 + 200, a reset to 30, 20 until midnight, and 5 of the other pod; then 10 and 1.
    assert list(chat["input_tokens_total"]) == [355.0, 11.0]
    assert list(chat["hours"]) == [24.0, 6.0]
    code = kept[kept["workload_id"] == "W-CODE"]
    assert float(code["utilisation"].iloc[0]) == pytest.approx(0.5)


def test_promtool_text_says_the_same(workspace: Workspace, tmp_path: Path) -> None:
    start = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
    text = (
        'vllm:request_success_total{app="W-CHAT", finished_reason="stop"} =>\n'
        f"10 @[{start}]\n25 @[{start + 3600}.5]\n40 @[{start + 7200}]\n"
    )
    result, _ = read_into(workspace, written(tmp_path, "range.txt", text))
    assert (result.read, result.imported) == (1, 1)
    row = workspace.frame("actuals").iloc[0]
    assert (row["requests_total"], row["hours"]) == (30.0, 2.0)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "workload_id,period_start\nW-CHAT,2026-10-01\n", "No column .* measured figure"),
        ("a.csv", "period_start,requests_total\n2026-10-01,5\n", "No column .* workload_id"),
        ("a.csv", "workload_id,period_start,requests_total\n", "holds no records"),
        ("a.json", '{"status":"error","error":"bad query"}', "answered with an error: bad query"),
        ("a.json", '{"data":{"resultType":"vector","result":[]}}', "type vector, not a range"),
        ("a.json", '{"a": ', "not valid JSON"),
    ],
)
def test_a_bad_source_is_refused_in_one_sentence(
    workspace: Workspace, tmp_path: Path, name: str, text: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        read_into(workspace, written(tmp_path, name, text))
    assert workspace.row_count("actuals") == 0


def test_errors_are_those_worked_out_by_hand() -> None:
    starts = pd.to_datetime(["2026-10-05", "2026-10-06", "2026-10-12"])
    measured = pd.DataFrame(
        {"workload_id": "W", "period_start": starts, "hours": 24.0, "requests_total": [80, 20, 50]}
    )
    forecast = pd.DataFrame({"requests_total": [60.0, 60.0, 40.0]}).reindex(
        columns=[*forecast_error.AMOUNTS, "utilisation"]
    )
    week = forecast_error.errors(measured, forecast, "week").iloc[0]
    # Two weeks: 120 expected for 100, 40 for 50.
    assert (week["periods"], week["measured"], week["expected"]) == (2, 150.0, 160.0)
    assert week["mape"] == pytest.approx((0.2 + 0.2) / 2)
    assert week["wape"] == pytest.approx((20 + 10) / 150)
    assert week["bias"] == pytest.approx(10 / 150)


def test_what_was_expected_grows_with_the_demand_curve() -> None:
    measured = pd.DataFrame(
        {
            "workload_id": ["W", "W"],
            "period_start": pd.to_datetime(["2025-10-31T12:00", "2026-10-31T12:00"]),
            "hours": 24.0,
        }
    )
    workloads = pd.DataFrame(
        {"workload_id": ["W"], "requests_per_s": [2.0], "growth_per_year": [0.5]}
    )
    told = forecast_error.expected(measured, workloads, date(2026, 11, 1), 730.0)
    assert told["requests_total"][1] == pytest.approx(2 * 86400)
    assert told["requests_total"][0] == pytest.approx(2 * 86400 / 1.5, rel=1e-3)
    assert told["input_tokens_total"].isna().all()


def test_measured_is_compared_and_what_cannot_be_is_listed(
    workspace: Workspace, tmp_path: Path
) -> None:
    source = written(
        tmp_path,
        "use.csv",
        "workload_id,period_start,requests_total,output_tokens_total\n"
        + "".join(f"W-CHAT,2026-10-{day:02d},86400,9\n" for day in range(5, 12)),
    )
    read_into(workspace, source)
    found = compared(workspace)
    (error,) = found.errors
    # Twice as much was expected as came, each day of one week.
    assert (error.figure, error.periods) == ("requests_total", 1)
    assert error.mape == error.bias == pytest.approx(1.0, abs=1e-6)
    assert [x["figure"] for x in found.not_compared] == ["output_tokens_total"]
