"""`shock` and `blast` as the command line answers them."""

import json
from pathlib import Path

import pytest

from freehold.cli.run import run
from freehold.estate import document, samples


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shocks") / "bank.freehold"
    workspace = samples.load("bank")
    workspace.set_setting("packs", ["gdpr"])
    with workspace.connection:
        document.save(workspace, path)
    return path


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run([str(argument) for argument in arguments], lambda _path, _test: 0)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_library_is_listed(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "shock", bank, "--list", "--json")
    shocks = json.loads(out)["shocks"]
    assert code == 0
    assert len(shocks) >= 40
    assert all(shock["name"] and shock["title"] for shock in shocks)
    assert [s["name"] for s in shocks].count("adequacy_us_annulled") == 1


def test_a_shock_answers_with_the_keys_of_a_comparison(
    bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(
        capsys, "shock", bank, "adequacy_us_annulled", "provider_cutoff",
        "--set", "provider=azure", "--no-recovery", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert code == 0
    base, after = found["scenarios"]
    assert base["name"] == "base"
    assert after["name"] == "adequacy_us_annulled + provider_cutoff"
    assert after["critical_functions_lost"] > base["critical_functions_lost"]
    assert {"seal", "score", "coverage", "cost_usd", "carbon_kg", "unserved_share"} <= set(after)
    assert all({"what", "delta"} <= set(driver) for driver in found["drivers"])
    assert found["recovery"] is None
    assert found["functions"][0]["state"] == "lost"
    (setting,) = found["settings"]
    assert (setting["value"], setting["basis"]) == ("azure", "given")


def test_a_node_is_taken_out(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "blast", bank, "region", "aws/eu-west-3", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["lost"]["resource"] > 100
    assert {g["kind"] for g in found["gone"]} >= {"resource", "data_set", "application", "function"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("shock", "FILE"),
        ("shock", "FILE", "no-such"),
        ("shock", "FILE", "spot_dry", "--set", "x"),
        ("shock", "FILE", "spot_dry", "--list"),
        ("blast", "FILE"),
        ("blast", "FILE", "provider"),
        ("blast", "FILE", "planet", "mars"),
    ],
)
def test_bad_input_gets_one_sentence(
    bank: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = call(capsys, *(bank if part == "FILE" else part for part in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("freehold: ")
    assert err.count("\n") == 1
