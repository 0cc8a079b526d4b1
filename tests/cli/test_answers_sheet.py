"""The answers sheet of a service: written, filled, evaluated and read back."""

import csv
import json
from pathlib import Path

import pytest

from freehold.__main__ import main

SERVICE = "S-OUT-IAAS"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_back(bank: Path, sheet: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int | str]:
    capsys.readouterr()
    assert main(["answers", "read", str(bank), SERVICE, str(sheet), "--json"]) == 0
    account: dict[str, int | str] = json.loads(capsys.readouterr().out)
    return account


@pytest.mark.slow
def test_a_sheet_goes_out_and_comes_back(
    bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.csv"
    assert main(["answers", "write", str(bank), SERVICE, str(sheet)]) == 0
    rows = rows_of(sheet)
    assert len(rows) == 48
    given = {row["criterion"]: row for row in rows if row["option"]}
    assert given["SOV-1.1"]["evidence"].startswith("Group accounts")
    assert all(row["now"] and row["options"] for row in rows)

    # An unchanged sheet changes nothing.
    account = read_back(bank, sheet, capsys)
    assert (account["added"], account["changed"], account["removed"]) == (0, 0, 0)

    blank = next(row for row in rows if not row["option"])
    blank.update(option="2", basis="attested", evidence="Letter", dated="2026-05-04")
    gone = next(row for row in rows if row["criterion"] == "SOV-2.1")
    gone["option"] = ""
    write(sheet, rows)
    account = read_back(bank, sheet, capsys)
    assert (account["added"], account["changed"], account["removed"]) == (1, 0, 1)
    again = tmp_path / "again.csv"
    assert main(["answers", "write", str(bank), SERVICE, str(again)]) == 0
    kept = {row["criterion"]: row for row in rows_of(again)}
    assert kept[blank["criterion"]]["evidence"] == "Letter"
    assert kept["SOV-2.1"]["option"] == ""
    # A sheet is also what `freehold csf` evaluates.
    assert main(["csf", str(again)]) == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"option": "99"}, "has no option '99'"),
        ({"basis": "hearsay"}, "There is no basis 'hearsay'"),
        ({"dated": "tomorrow"}, "'tomorrow' is not a date"),
    ],
)
@pytest.mark.slow
def test_a_wrong_sheet_changes_nothing(
    bank: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    wrong: dict[str, str],
    sentence: str,
) -> None:
    sheet = tmp_path / "sheet.csv"
    row = {"criterion": "SOV-1.2", "option": "1", "basis": "attested", "dated": "2026-01-01"}
    write(sheet, [{**row, **wrong}])
    before = bank.read_bytes()
    assert main(["answers", "read", str(bank), SERVICE, str(sheet)]) == 2
    said = capsys.readouterr().err
    assert sentence in said and "line 2" in said
    assert bank.read_bytes() == before
