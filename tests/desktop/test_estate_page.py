"""The Estate page: its tables, rows, fields and origin, and edits that undo takes back."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from freehold.desktop.application import make_window
from freehold.desktop.documents import EstateDocuments
from freehold.desktop.main_window import MainWindow
from freehold.desktop.pages import estate as estate_module
from freehold.desktop.pages.estate import EstatePage
from freehold.desktop.pages.estate_editor import typed
from freehold.desktop.pages.estate_rows import AddRowDialog
from freehold.desktop.pages.estate_tables import LISTINGS, columns_of
from freehold.desktop.tables import ResultTable
from freehold.errors import InputError
from freehold.estate import dictionary
from tests.importers.helpers import CHARGE

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def shown(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """A window on the bank, at the Estate page."""
    settings = QSettings(str(tmp_path_factory.mktemp("s") / "w.ini"), QSettings.Format.IniFormat)
    documents = EstateDocuments()
    window = make_window(settings, documents)
    window.resize(1360, 840)
    window.show()
    bank = documents.open_sample("bank")
    # One pack suffices here, as no test looks at a verdict.
    bank.set_setting("packs", ["residency"])
    window.project.take(bank, name="Bank")
    window.go_to("estate")
    yield window
    window.worker.cancel_all()
    window.shut_down()
    window.deleteLater()


def page_of(window: MainWindow) -> EstatePage:
    page = window.page
    assert isinstance(page, EstatePage)
    return page


def rows_of(table: ResultTable) -> list[dict[str, object]]:
    assert table.model is not None
    return [table.model.row(number) for number in range(table.model.rowCount())]


def value_of(page: EstatePage, field: str) -> str:
    found = {str(row["column"]): str(row["value"]) for row in rows_of(page.detail.fields)}
    return found[field]


def test_every_table_lists_its_rows(shown: MainWindow) -> None:
    page, connection = page_of(shown), shown.project.connection
    for name, listing in LISTINGS.items():
        page.show_key(name)
        schema = "views" if listing.view is not None else "estate"
        counted = connection.execute(f'SELECT count(*) FROM {schema}."{name}"').fetchone()
        assert page.table.model is not None
        assert counted == (page.table.model.rowCount(),), name


def test_all_columns_are_one_click_away(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("resources")
    assert page.table.model is not None
    few = [column.name for column in page.table.model.columns]
    page.every_column.click()
    everything = [column.name for column in page.table.model.columns]
    page.every_column.click()
    assert everything[: len(few)] == few
    assert set(everything) == set(dictionary.views()["resources"].column_names)
    assert all(column.help for column in columns_of(LISTINGS["resources"], everything=True))


def test_a_key_of_any_table_is_found_and_selected(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("resources")
    page.table.set_filter("nothing like this")
    page.show_key("S-AWS-WEB")
    assert page.listing.name == "services"
    assert page.table.selected_rows()[0]["service"] == "S-AWS-WEB"
    page.show_key("contracts:C-AWS-01")
    assert page.listing.name == "contracts"
    assert value_of(page, "contract_id") == "C-AWS-01"
    page.show_key("no such thing")
    assert page.listing.name == "contracts"


def test_a_row_shows_its_fields_with_unknown_for_null(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("functions:F-CARD")
    assert value_of(page, "critical") == "yes"
    assert value_of(page, "name") == "Card authorisation"
    derived = {str(row["column"]): row["value"] for row in rows_of(page.detail.derived)}
    assert derived["site_count"] == "unknown"
    assert "Entered by hand" in page.detail.origin.text()


def test_an_implicit_placement_has_no_record_to_edit(shown: MainWindow) -> None:
    page = page_of(shown)
    row = shown.project.connection.execute(
        "SELECT min(placement) FROM views.placements WHERE NOT explicit"
    ).fetchone()
    assert row is not None
    page.show_key(f"placements:{row[0]}")
    assert page.detail.record is not None and page.detail.record.own is None
    assert not page.remove_button.isEnabled()


def test_an_edit_changes_the_row_and_undo_takes_it_back(shown: MainWindow) -> None:
    page, project = page_of(shown), shown.project
    page.show_key("functions:F-CARD")
    page.detail.choose_field("rto_hours")
    before = value_of(page, "rto_hours")
    page.detail.editor.line.setText("7,5")
    page.detail.editor.set_button.click()
    assert value_of(page, "rto_hours") == "7.50"
    assert page.table.selected_rows()[0]["rto_hours"] == 7.5
    project.undo_stack.undo()
    assert value_of(page, "rto_hours") == before
    project.undo_stack.redo()
    assert value_of(page, "rto_hours") == "7.50"
    project.undo_stack.undo()


def test_unknown_clears_a_field(shown: MainWindow) -> None:
    page, project = page_of(shown), shown.project
    page.show_key("functions:F-CARD")
    page.detail.choose_field("critical")
    page.detail.editor.unknown_button.click()
    assert value_of(page, "critical") == "unknown"
    found = project.connection.execute(
        "SELECT critical FROM views.functions WHERE function = 'F-CARD'"
    ).fetchone()
    assert found == (None,)
    project.undo_stack.undo()
    assert value_of(page, "critical") == "yes"


def test_a_closed_domain_is_offered_and_a_key_cannot_be_set(shown: MainWindow) -> None:
    page = page_of(shown)
    page.show_key("data_sets")
    page.table.view.selectRow(0)
    page.detail.choose_field("classification")
    choice = page.detail.editor.choice
    assert [choice.itemText(i) for i in range(choice.count())] == [
        "public",
        "internal",
        "confidential",
        "restricted",
        "secret",
    ]
    assert not choice.isEditable()
    page.detail.choose_field("data_set_id")
    assert not page.detail.editor.isEnabled()


def test_a_value_that_does_not_fit_is_refused(
    shown: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(shown)
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "warning", lambda *words: said.append(words[-1]))
    monkeypatch.setattr(estate_module, "show_error", lambda _w, error: said.append(str(error)))
    page.show_key("functions:F-CARD")
    before = value_of(page, "rto_hours")
    page.detail.choose_field("rto_hours")
    for wrong in ("soon", "-4"):
        page.detail.editor.line.setText(wrong)
        page.detail.editor.set_button.click()
    assert len(said) == 2 and "no number" in said[0]
    assert value_of(page, "rto_hours") == before
    assert not shown.project.undo_stack.canUndo() or "F-CARD" not in (
        shown.project.undo_stack.undoText()
    )


def test_a_row_is_added_removed_and_both_are_undone(
    shown: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, project = page_of(shown), shown.project
    page.show_key("applications")

    def fill(dialog: AddRowDialog) -> QDialog.DialogCode:
        dialog.fields["application_id"].setText("A-NEW")  # type: ignore[union-attr]
        dialog.fields["name"].setText("New one")  # type: ignore[union-attr]
        return QDialog.DialogCode.Accepted

    monkeypatch.setattr(AddRowDialog, "exec", fill)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    page.add_button.click()
    assert page.table.selected_rows()[0]["application"] == "A-NEW"
    assert value_of(page, "owner") == "unknown"
    page.remove_button.click()
    assert "A-NEW" not in [row["application"] for row in rows_of(page.table)]
    project.undo_stack.undo()
    assert "A-NEW" in [row["application"] for row in rows_of(page.table)]
    project.undo_stack.undo()
    assert "A-NEW" not in [row["application"] for row in rows_of(page.table)]


def test_the_new_row_needs_a_free_key(qtbot: QtBot, shown: MainWindow) -> None:
    dialog = AddRowDialog(LISTINGS["functions"], shown.project)
    qtbot.addWidget(dialog)
    with pytest.raises(InputError, match="key is missing"):
        dialog.row()
    dialog.fields["function_id"].setText("F-CARD")  # type: ignore[union-attr]
    with pytest.raises(InputError, match="already"):
        dialog.row()


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("rto_hours", "12,5", 12.5),
        ("rto_hours", "", None),
        ("critical", "yes", True),
        ("critical", "no", False),
        ("name", "=1+1", "=1+1"),
    ],
)
def test_typed_text_becomes_a_value(column: str, text: str, value: object) -> None:
    found = typed(dictionary.tables()["functions"].column(column), text, yes="yes", no="no")
    assert found == value


def test_a_scenario_shows_its_rows_and_locks_them(qtbot: QtBot, shown: MainWindow) -> None:
    page, project = page_of(shown), shown.project
    name = "Move analytics from AWS to OUTSCALE"
    page.show_key("resources")
    project.set_scenario(name)
    qtbot.waitUntil(lambda: not page.is_empty, timeout=PATIENCE_MS)
    page.show_key("services:S-AWS-WEB")
    assert not page.detail.editor.set_button.isVisible()
    assert not page.add_button.isEnabled()
    page.show_key("resources")
    moved = sum(row["provider"] == "outscale" for row in rows_of(page.table))
    page.table.view.selectRow(0)
    page.detail.to_base.click()
    assert project.scenario == "base"
    assert moved > sum(row["provider"] == "outscale" for row in rows_of(page.table))
    assert page.add_button.isEnabled()


def test_an_import_leaves_its_account_and_its_origin(
    qapp: QApplication, tmp_path: Path, shown: MainWindow
) -> None:
    page, project = page_of(shown), shown.project
    source = tmp_path / "bill.csv"
    charges = [CHARGE, CHARGE | {"ResourceId": "i-2", "RegionId": "NULL", "EffectiveCost": "10.5"}]
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(CHARGE))
        writer.writeheader()
        writer.writerows(charges)
    documents = EstateDocuments()
    before = project.workspace
    project.take(documents.import_files(None, [source]), name="Imported")
    assert before is not project.workspace
    page.refresh(project)
    page.show_key("import_accounts")
    account = rows_of(page.imports.table)[0]
    assert (account["source_name"], account["read"]) == ("bill.csv", 2)
    assert str(account["sha256"]) in page.imports.sentence.text()
    assert rows_of(page.imports.totals.table)[0]["currency"] == "EUR"
    row = project.connection.execute("SELECT min(resource) FROM views.resources").fetchone()
    assert row is not None
    page.show_key(str(row[0]))
    assert "bill.csv" in page.detail.origin.text()
    page.detail.to_import.click()
    assert page.imports.isVisible()


def test_two_sources_of_a_resource_and_where_they_differ(
    qapp: QApplication, tmp_path: Path, shown: MainWindow
) -> None:
    page, project = page_of(shown), shown.project
    arn = "arn:aws:ec2:eu-west-3:123456789012:instance/i-0123456789abcdef0"
    item = {
        "awsAccountId": "123456789012",
        "awsRegion": "eu-west-3",
        "ARN": arn,
        "resourceType": "AWS::EC2::Instance",
        "configuration": {"instanceType": "m5.large"},
    }
    other = {**item, "ARN": arn[:-1] + "1"}
    given = {"id": arn, "region": "eu-west-3", "instance_type": "m5.2xlarge"}
    block = {
        "mode": "managed",
        "type": "aws_instance",
        "name": "w",
        "instances": [{"attributes": given}],
    }
    documents = EstateDocuments()
    workspace = None
    for name, content in (
        ("config.json", {"configurationItems": [item, other]}),
        ("state.json", {"version": 4, "terraform_version": "1", "resources": [block]}),
        ("config.json", {"configurationItems": [item]}),
    ):
        source = tmp_path / name
        source.write_text(json.dumps(content))
        workspace = documents.import_files(workspace, [source])
    project.take(workspace, name="Imported")
    page.refresh(project)
    page.show_key("import_accounts")
    newest = rows_of(page.imports.table)[0]
    assert (newest["source_name"], newest["vanished"]) == ("config.json", 1)
    page.imports.show_import(newest["account"].rpartition("/")[0], "config.json")
    assert [row["row"] for row in rows_of(page.imports.vanished.table)] == [other["ARN"]]
    found = {row["field"]: row for row in rows_of(page.imports.conflicts.table)}
    assert found["instance_type"]["value"] == "m5.large"
    assert found["instance_type"]["other_value"] == "m5.2xlarge"
    page.show_key(arn)
    assert "state.json#1 says" in page.detail.origin.text()
    assert "m5.2xlarge" in page.detail.origin.text()
