"""Documents as the window handles them: samples, imports, saving, locks."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from freehold.desktop.documents import EstateDocuments
from freehold.desktop.project import Project
from freehold.errors import InputError
from freehold.estate import document
from freehold.estate.lock import lock_path

BILL = (
    "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodEnd,ChargePeriodStart,EffectiveCost,"
    "ProviderName,RegionId,ResourceId,ResourceName,ServiceCategory,ServiceName\n"
    "1.0,USD,Usage,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z,1.0,AWS,eu-west-3,i-1,web,Compute,EC2\n"
)


@pytest.fixture
def project(qapp: QApplication) -> Project:
    return Project(EstateDocuments())


def test_import_then_save_keeps_the_documents_file(project: Project, tmp_path: Path) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_text(BILL, encoding="utf-8")
    path = tmp_path / "estate.freehold"
    documents = project.documents
    project.take(documents.new())
    documents.save(project.workspace, path)
    project.take(documents.import_files(project.workspace, [bill]), unsaved=True)
    assert project.path == path
    documents.save(project.workspace, path)
    project.close()
    again = document.load(path)
    assert again.row_count("resources") == 1
    assert not again.read_only
    document.close(again)


def test_a_bad_file_leaves_the_document_as_it_was(project: Project, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"")
    documents = project.documents
    project.take(documents.open_sample("bank"))
    before = project.connection.execute("SELECT count(*) FROM estate.resources").fetchone()
    with pytest.raises(InputError):
        documents.import_files(project.workspace, [broken])
    after = project.connection.execute("SELECT count(*) FROM estate.resources").fetchone()
    assert before == after
    project.close()


def test_closing_a_document_frees_its_lock(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "estate.freehold"
    project.take(project.documents.new())
    project.documents.save(project.workspace, path)
    assert lock_path(path).exists()
    second = document.load(path)
    assert second.read_only
    document.close(second)
    project.close()
    assert not lock_path(path).exists()
