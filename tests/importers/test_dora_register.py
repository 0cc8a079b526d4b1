"""The DORA register of information: both layouts, its codes, and hostile packages."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from freehold.importers import recognise
from tests.examples import examples
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted, counts

LEI = "529900T8BM49AURSDO55"
TABLES = {
    "b_01.01": "c0010,c0020,c0030\n" + LEI + ",Bank SA,eba_GA:FR\n",
    "b_01.02": f"c0010,c0020,c0030,c0060\n{LEI},Bank SA,eba_GA:FR,{LEI}\nSUB1,Sub,DE,{LEI}\n",
    "b_02.01": "c0010,c0020,c0030,c0040,c0050\nC-1,eba_CO:x1,,eba_CU:EUR,1200.50\n",
    "b_02.02": "c0010,c0020,c0030,c0050,c0060,c0070,c0080,c0100,c0120,c0130,c0140,c0150,c0160,"
    "c0170,c0180\n"
    f"C-1,{LEI},P-1,F1,eba_TA:S17,2025-01-01,9999-12-31,90,eba_GA:IE,eba_GA:IE,eba_BT:x28,"
    "eba_GA:IE,eba_GA:IE,eba_ZZ:x793,eba_ZZ:x797\n"
    f"C-1,{LEI},P-1,F1,eba_TA:S17,2025-01-01,9999-12-31,90,eba_GA:IE,eba_GA:IE,eba_BT:x28,"
    "eba_GA:FR,eba_GA:IE,eba_ZZ:x793,eba_ZZ:x797\n",
    "b_03.01": f"c0010,c0020,c0030\nC-1,{LEI},true\n",
    "b_05.01": "c0010,c0050,c0080,c0110\nP-1,Microsoft Azure,eba_GA:IE,P-9\n"
    "P-2,Small Host,eba_GA:RO,\nP-9,Parent,eba_GA:US,\nP-7,Nobody,eba_GA:FR,\n",
    "b_05.02": "c0010,c0020,c0030,c0050,c0060\nC-1,eba_TA:S17,P-1,1,\nC-1,eba_TA:S17,P-2,2,P-1\n",
    "b_06.01": f"c0010,c0020,c0030,c0040,c0050,c0080,c0090\nF1,eba_TA:x28,Payments,{LEI},"
    "eba_BT:x28,4,0\n",
    "b_07.01": "c0010,c0020,c0040,c0050,c0070,c0080,c0110\n"
    "C-1,P-1,eba_TA:S17,eba_ZZ:x960,2025-06-30,eba_BT:x29,eba_BT:x21\n",
    "b_99.01": "c0010\ntext\n",
}


def package(tables: dict[str, str], **members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("r/reports/report.json", json.dumps({"documentInfo": {}}))
        parameters = f"name,value\nentityID,rs:{LEI}.CON\nrefPeriod,2025-12-31\n"
        archive.writestr("r/reports/parameters.csv", parameters)
        for name, text in tables.items():
            archive.writestr(f"r/reports/{name}.csv", text)
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def go(tables: dict[str, str], **members: str) -> Path:
        path = tmp_path / "register"
        path.write_bytes(package(tables, **members))
        return path

    return go


def test_the_wide_layout_becomes_contracts_functions_and_a_chain(
    write: Any, importing: Reader
) -> None:
    path = write(TABLES)
    assert recognise(path) == "dora_register"
    result = importing(path)
    estate = accepted(result)
    assert estate.execute(
        "SELECT contract_id, provider_id, entity_id, function_id, arrangement, service_type, "
        "end_date, open_ended, governing_law_country, storage_country, sensitiveness, reliance, "
        "substitutability, alternative_identified, annual_cost::DOUBLE, currency, "
        "has_subcontractors, round(notice_months, 1) FROM estate.contracts"
    ).fetchall() == [
        ("C-1", "azure", LEI, "F1", "standalone", "S17", None, True, "IE", None, "high", "full",
         "highly_complex", None, 1200.5, "EUR", True, 3.0),
    ]  # fmt: skip
    assert estate.execute(
        "SELECT name, provider_id, country_iso2, parent_country_iso2, rank "
        "FROM estate.subcontractors ORDER BY rank"
    ).fetchall() == [
        ("Microsoft Azure", "azure", "IE", "US", 1),
        ("Small Host", None, "RO", None, 2),
    ]
    functions = estate.execute("SELECT critical, rto_hours, rpo_hours FROM estate.functions")
    assert functions.fetchall() == [(True, 4.0, None)]
    assert estate.execute("SELECT exists FROM estate.exit_plans").fetchall() == [(False,)]
    assert estate.execute(
        "SELECT entity_id, country_iso2, parent_entity_id FROM estate.legal_entities ORDER BY 2"
    ).fetchall() == [("SUB1", "DE", LEI), (LEI, "FR", None)]
    account = result.account
    assert account.adds_up
    assert (account.read, account.imported) == (16, 14)
    assert set(counts(account.skipped)) == {
        "B_99.01: definitions of terms are not part of the estate",
        "B_05.01: no contract or supply chain names this provider",
    }
    told = {(entry.field, entry.reason) for entry in account.unknown}
    several = "several values in the register for one contract"
    assert ("contracts.storage_country", several) in told


def test_the_layout_of_facts_tells_the_same(write: Any, importing: Reader) -> None:
    facts = {}
    for name, text in TABLES.items():
        header, *lines = [line.split(",") for line in text.splitlines()]
        rows = ["datapoint,factValue,key"]
        for number, cells in enumerate(lines):
            rows += [
                f"{name.upper()}.{code[1:]},{cell},{number}"
                for code, cell in zip(header, cells, strict=True)
                if cell
            ]
        facts[name] = "\n".join(rows)
    wide = importing(write(TABLES)).frames
    told = importing(write(facts))
    assert told.account.format_version == "facts"
    assert told.account.adds_up
    for table in ("contracts", "subcontractors", "functions", "exit_plans", "legal_entities"):
        assert told.frames[table].equals(wide[table]), table


def test_facts_by_number_need_the_taxonomy_and_are_counted(write: Any, importing: Reader) -> None:
    numbered = {**TABLES, "b_06.01": "datapoint,factValue,F\ndp123,x,1\ndp124,y,1\n"}
    account = importing(write(numbered)).account
    assert account.adds_up
    assert sum(n for why, n in counts(account.skipped).items() if "taxonomy" in why) == 2
    assert account.rejected == 2


def test_a_report_package_of_another_kind_is_named(write: Any, importing: Reader) -> None:
    with pytest.raises(InputError, match="not a DORA register"):
        importing(write({}))


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"../b_02.02.csv": "c0010\nx"}, "leaves it"),
        ({"/etc/b_02.02.csv": "c0010\nx"}, "leaves it"),
        ({"C:\\b_02.02.csv": "c0010\nx"}, "leaves it"),
        ({"q/b_02.02.csv": "c0010\nx"}, "twice"),
        ({"q/b_03.02.csv": "x" * 30_000_000}, "times its size"),
    ],
)
def test_hostile_packages_are_refused(
    members: dict[str, str], says: str, write: Any, importing: Reader
) -> None:
    with pytest.raises(InputError, match=says) as caught:
        importing(write(TABLES, **members))
    assert "\n" not in str(caught.value)


def test_damaged_members_are_refused(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "register"
    data = bytearray(package(TABLES))
    at = data.find(b"b_02.02.csv") + 30
    data[at : at + 12] = b"\xff" * 12
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"damaged|UTF-8"):
        importing(path)


@settings(
    max_examples=examples(5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cells=st.lists(
        st.lists(
            st.sampled_from(["", "C-1", "P-1", "eba_GA:FR", "eba_BT:x28", "9999-12-31", "1e999",
                             "-1", "eba_ZZ:x1", "NaN", "99999999999999999999", "\u00e9\u4e2d"]),
            min_size=4, max_size=4,
        ),
        max_size=12,
    ),
    template=st.sampled_from(sorted(TABLES)),
)  # fmt: skip
def test_any_cells_add_up(
    cells: list[list[str]], template: str, tmp_path: Path, importing: Reader
) -> None:
    header = "c0010,c0030,c0050,c0080\n"
    text = header + "\n".join(",".join(line) for line in cells)
    path = tmp_path / "any"
    path.write_bytes(package({**TABLES, "b_06.01": TABLES["b_06.01"], template: text}))
    result = importing(path)
    assert result.account.adds_up
    accepted(result)
