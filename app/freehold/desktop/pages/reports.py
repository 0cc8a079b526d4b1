"""The Reports page: write a report, see it, and prove its files."""

import tempfile
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance import packs
from freehold.desktop.pages.reports_contents import contents
from freehold.desktop.pages.reports_form import ReportForm
from freehold.desktop.pages.reports_preview import ReportPreview
from freehold.desktop.pages.reports_write import Wish, Written, write
from freehold.desktop.pages.run_page import RESULT, RunPage
from freehold.desktop.palette import Entry
from freehold.desktop.project import Project
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.tables.columns import Row
from freehold.desktop.work import Task
from freehold.errors import DocumentError
from freehold.estate.changes import Change
from freehold.scenarios import Run
from freehold.workflows.reporting import MOST_SCENARIOS
from freehold.workflows.results import ReportResult

REPORT = "report"
_CONTENTS, _PREVIEW, _FILES = range(3)


class ReportsPage(RunPage):
    """A form at the left; what the report holds, how it looks and its files at the right."""

    place = "reports"
    help_topic = "reports"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Reports")

    def subtitle(self) -> str:
        """Return one line under the title."""
        return self.tr("The same document and build give the same bytes, here and in the terminal")

    def build(self) -> None:
        """Put the form and the three tabs into the page."""
        self.report: ReportResult | None = None
        self._task: Task | None = None
        self._signing = False
        self.preview_button = self.add_tool(
            self.tr("Preview"),
            self.show_preview,
            hint=self.tr("Make the report without keeping it"),
        )
        self.write_button = self.add_tool(self.tr("Write report"), self.write, primary=True)
        self.form = ReportForm()
        self.form.changed.connect(self._show_contents)
        self.worker.progressed.connect(self._progressed)
        self.add_row(self.form, self._right(), stretches=(2, 5))

    def _right(self) -> QWidget:
        self.status = QLabel()
        self.status.setObjectName("muted")
        self.status.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(160, 8)
        self.bar.setAccessibleName(self.tr("Progress of the report"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("quiet")
        self.cancel_button.clicked.connect(self.cancel)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.status, 1)
        line.addWidget(self.bar)
        line.addWidget(self.cancel_button)
        self.contents = ResultTable(self.tr("What the report holds"), tools=False)
        self.contents.row_opened.connect(self._open_place)
        self.preview = ReportPreview()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(_panel(self.contents), self.tr("Contents"))
        self.tabs.addTab(self.preview, self.tr("Preview"))
        self.tabs.addTab(self._files_panel(), self.tr("Files"))
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(line)
        layout.addWidget(self.tabs, 1)
        self._show_working(False)
        return whole

    def _files_panel(self) -> QWidget:
        self.files = ResultTable(self.tr("Files of the report"))
        self.files.set_empty_text(self.tr("Press Write report; its files are listed here."))
        self.files.row_opened.connect(lambda row: _open(Path(str(row["path"]))))
        self.run_id = QLabel()
        self.run_id.setObjectName("muted")
        self.run_id.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.open_folder = QPushButton(self.tr("Open folder"))
        self.open_pdf = QPushButton(self.tr("Open PDF"))
        self.copy_hashes = QPushButton(self.tr("Copy hashes"))
        self.open_folder.clicked.connect(
            lambda: _open(Path(self.report.folder)) if self.report else None
        )
        self.open_pdf.clicked.connect(self._open_pdf)
        self.copy_hashes.clicked.connect(self.copy)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.run_id, 1)
        for button in (self.open_folder, self.open_pdf, self.copy_hashes):
            button.setObjectName("quiet")
            button.setEnabled(False)
            row.addWidget(button)
        panel = _panel(self.files)
        cast("QVBoxLayout", panel.layout()).insertLayout(0, row)
        return panel

    # Showing

    def refresh(self, project: Project) -> None:
        """Offer what the document has, and wait for its run."""
        if self._signing:
            return
        self.form.show_project(project, packs.available())
        self.form.show_people(*_people(project))
        super().refresh(project)

    def show_run(self, run: Run) -> None:
        """List what the report will contain."""
        self._show_contents()

    def commands(self) -> list[Entry]:
        """Return what the command palette offers here."""
        return [
            Entry(self.tr("Write report"), self.write),
            Entry(self.tr("Preview report"), self.show_preview),
        ]

    def _show_contents(self) -> None:
        problem = self.form.problem()
        if self._task is None:
            self.write_button.setEnabled(not problem)
            self.preview_button.setEnabled(not problem)
            self.status.setText(problem)
        run = self.run
        if run is None:
            return
        scenarios = min(len(self.project.scenarios()) - 1, MOST_SCENARIOS)
        columns = [
            Column("chapter", self.tr("Chapter"), width=200),
            Column("holds", self.tr("What it will hold"), width=272),
            Column("missing", self.tr("What is missing"), width=280, tone=_tone),
        ]
        self.contents.show_rows(columns, contents(run, scenarios, *self.form.people()))

    def _open_place(self, row: dict[str, object]) -> None:
        if row.get("place"):
            self.go_to.emit(str(row["place"]), "")

    # Writing

    def write(self) -> None:
        """Write the report into the folder chosen."""
        if self.form.problem() or self._task is not None:
            return
        try:
            self._sign()
        except Exception as error:
            self.worker.failed.emit(error)
            return
        self._start(self.form.wish(), self._written)

    def show_preview(self) -> None:
        """Make the report's page in a scratch folder and show it."""
        if self.form.problem() or self._task is not None:
            return
        scratch = tempfile.TemporaryDirectory(prefix="freehold-")
        wish = replace(self.form.wish(), formats=("html",), folder=Path(scratch.name))

        def done(found: object) -> None:
            written = self._adopted(found)
            self.preview.show_file(_file(written.report, ".html") or Path())
            self.tabs.setCurrentIndex(_PREVIEW)
            self.status.setText(
                self.tr("Preview of run {0}; nothing was kept.").format(written.report.run_id[:12])
            )
            scratch.cleanup()

        self._start(wish, done)

    def cancel(self) -> None:
        """Stop writing; nothing is left behind."""
        if self._task is not None:
            self._task.cancel()

    def copy(self) -> None:
        """Put the hashes on the clipboard, in the form that sha256sum checks."""
        if self.report is not None:
            lines = [f"{file.sha256}  {Path(file.path).name}" for file in self.report.files]
            QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    def _start(self, wish: Wish, done: object) -> None:
        project = self.project
        self._show_working(True, self.tr("Writing the report …"))
        self._task = self.worker.start(
            self.tr("Writing the report"),
            lambda task: write(project, wish, task),
            partial(self._finished, done),
            failed=self._failed,
            cancelled=self._cancelled,
            only_latest=REPORT,
        )

    def _finished(self, done: object, found: object) -> None:
        self._task = None
        self._show_working(False)
        if callable(done):
            done(found)
        if self.form.wish().packs is not None:
            # Judged with other packs than the document's: what pages kept is no longer theirs.
            self.project.tell_estate_changed()

    def _adopted(self, found: object) -> Written:
        written = cast("Written", found)
        for name, run in written.runs.items():
            self.project.keep(RESULT, run, name)
        return written

    def _written(self, found: object) -> None:
        self.report = report = self._adopted(found).report
        self.files.show_rows(
            [
                Column("name", self.tr("File"), width=128),
                Column("size", self.tr("Bytes"), "integer", width=80),
                Column("sha256", "SHA-256", width=520),
            ],
            [
                {
                    "name": Path(file.path).name,
                    "size": Path(file.path).stat().st_size,
                    "sha256": file.sha256,
                    "path": file.path,
                }
                for file in report.files
            ],
        )
        self.run_id.setText(self.tr("Run {0}").format(report.run_id[:16]))
        self.run_id.setToolTip(report.run_id)
        self.open_folder.setEnabled(True)
        self.copy_hashes.setEnabled(True)
        self.open_pdf.setEnabled(_file(report, ".pdf") is not None)
        page = _file(report, ".html")
        if page is not None:
            self.preview.show_file(page)
        self.status.setText(self.tr("Written to {0}").format(report.folder))
        self.tabs.setCurrentIndex(_FILES)

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._show_working(False, self.tr("Nothing was written."))
        self.worker.failed.emit(error)

    def _cancelled(self) -> None:
        self._task = None
        self._show_working(False, self.tr("Cancelled; nothing was written."))

    def _progressed(self, task: Task, share: float, word: str) -> None:
        if task is self._task:
            self.bar.setValue(round(share * 100))
            self.status.setText(self.tr("Writing the report: {0} …").format(word))

    def _show_working(self, working: bool, text: str = "") -> None:
        self.bar.setVisible(working)
        self.bar.setValue(0)
        self.cancel_button.setVisible(working)
        self.write_button.setEnabled(not working)
        self.preview_button.setEnabled(not working)
        self.status.setText(text)

    # Signing

    def _sign(self) -> None:
        """Keep who prepared and who reviewed with the document; undo takes it back."""
        people = self.form.people()
        if self.project.read_only or people == _people(self.project) or not all(people):
            return
        changes = _sign_offs(self.project, *people)
        names = self.project.scenarios()
        kept = {name: self.project.kept(RESULT, name) for name in names}
        self._signing = True
        try:
            self.project.edit(changes, self.tr("Sign the report"))
        finally:
            self._signing = False
        for name, result in kept.items():
            # Signatures are no input of a run, so what was judged still holds.
            if result is not None:
                self.project.keep(RESULT, result, name)

    def _open_pdf(self) -> None:
        pdf = _file(self.report, ".pdf") if self.report else None
        if pdf is not None:
            _open(pdf)


def _tone(_value: object, row: Row) -> str | None:
    return "warn" if row.get("state") == "warn" else None


def _people(project: Project) -> tuple[str, str]:
    rows = project.connection.cursor().execute(
        "SELECT role, person FROM estate.sign_offs WHERE person IS NOT NULL AND run_id IS NULL "
        "ORDER BY sign_off_id DESC"
    )
    found = {str(role): str(person) for role, person in rows.fetchall()}
    return found.get("preparer", ""), found.get("reviewer", "")


def _sign_offs(project: Project, prepared: str, reviewed: str) -> list[Change]:
    """Return the changes that make two people the signatories, whatever the run."""
    there = project.connection.cursor().execute(
        "SELECT sign_off_id FROM estate.sign_offs WHERE run_id IS NULL "
        "AND role IN ('preparer', 'reviewer') ORDER BY sign_off_id"
    )
    gone = [
        Change(target="estate.sign_offs", op="remove_row", key={"sign_off_id": str(key)})
        for (key,) in there.fetchall()
    ]
    if prepared.casefold() == reviewed.casefold():
        raise DocumentError("Who prepares a report cannot review it", mend="Name two people")
    today = date.today().isoformat()
    return [
        *gone,
        *(
            Change(
                target="estate.sign_offs",
                op="add_row",
                row={
                    "sign_off_id": f"report-{role}",
                    "role": role,
                    "person": person,
                    "signed_on": today,
                },
            )
            for role, person in (("preparer", prepared), ("reviewer", reviewed))
        ),
    ]


def _panel(table: ResultTable) -> QFrame:
    panel = QFrame()
    panel.setObjectName("panel")
    layout = QVBoxLayout(panel)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(8)
    layout.addWidget(table)
    return panel


def _file(report: ReportResult, suffix: str) -> Path | None:
    return next((Path(f.path) for f in report.files if f.path.endswith(suffix)), None)


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
