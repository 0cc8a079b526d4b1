"""CSV and XLSX hold every finding, as text that no spreadsheet runs."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import audit_sample
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_pdf import HOSTILE, hostile_content

from freehold.reports.content import AuditContent
from freehold.reports.csv_files import csv_bytes, harmless, written
from freehold.reports.tables import findings_sheet, sheets
from freehold.reports.xlsx_book import xlsx_bytes


def csv_rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(data.decode("utf-8-sig"), newline="")))


def finding_keys(content: AuditContent) -> list[tuple[str, str, str]]:
    return [(g.rule_id, row.subject_id, row.result) for g in content.findings for row in g.rows]


def test_csv_rows_equal_the_findings() -> None:
    content = audit_sample.content()
    rows = csv_rows(csv_bytes(findings_sheet(content)))
    keys = [(row["rule_id"], row["subject_id"], row["result"]) for row in rows]
    assert keys == finding_keys(content)
    assert rows[0]["due_on"] == "2027-01-31"
    assert "transfer_basis = unknown" in rows[0]["evidence"]


def test_xlsx_rows_equal_the_findings() -> None:
    content = audit_sample.content()
    book = openpyxl.load_workbook(BytesIO(xlsx_bytes(content)))
    page = book["Findings"]
    rows = list(page.iter_rows(min_row=2, values_only=True))
    assert [(row[1], row[3], row[4]) for row in rows] == finding_keys(content)
    assert rows[0][9] == datetime(2027, 1, 31)
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref is not None
    readme = {row[0]: row[1] for row in book["README"].iter_rows(values_only=True)}
    assert readme["Run id"] == audit_sample.RUN_ID
    assert readme["Findings"] == content.cover.hashes.findings
    assert book.properties.created == datetime(2026, 11, 1)


def test_the_same_content_gives_the_same_bytes() -> None:
    content = audit_sample.content()
    assert xlsx_bytes(content) == xlsx_bytes(audit_sample.content())
    first = [csv_bytes(sheet) for sheet in sheets(content)]
    assert first == [csv_bytes(sheet) for sheet in sheets(audit_sample.content())]


def test_every_table_has_as_many_values_as_columns() -> None:
    for sheet in sheets(audit_sample.content()):
        for row in sheet.rows():
            assert len(row) == len(sheet.fields), sheet.name


def test_hostile_names_are_never_formulas() -> None:
    content = hostile_content()
    book = openpyxl.load_workbook(BytesIO(xlsx_bytes(content)))
    for page in book.worksheets:
        for row in page.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
            assert all(cell.hyperlink is None for cell in row)
    subjects = [row["subject_id"] for row in csv_rows(csv_bytes(findings_sheet(content)))]
    assert subjects[0] == f"'{HOSTILE[0]}"
    assert subjects[3] == HOSTILE[3]


@given(st.text(max_size=30))
def test_no_text_cell_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert harmless(text).endswith(text)


@pytest.mark.parametrize("value", [-12.5, -3])
def test_negative_numbers_stay_numbers(value: float) -> None:
    assert written(value, "number") == repr(value)
