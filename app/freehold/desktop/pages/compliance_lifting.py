"""What caps level and score: single changes that would lift them, each tried before it is shown."""

import threading
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.errors import show_error
from freehold.desktop.numbers import show
from freehold.desktop.pages.compliance_lifts import (
    Found,
    answered_by,
    estate_row,
    look,
    proposal,
    seal,
)
from freehold.desktop.project import BASE, Project
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.work import Task, Worker
from freehold.errors import FreeholdError
from freehold.estate import Workspace
from freehold.scenarios import Lift, Run
from freehold.scenarios.changes import ScenarioFile, in_words
from freehold.scenarios.editing import adding

RESULT = "lifting"
SIZE = (1200, 560)


class LiftingDialog(QDialog):
    """Looks for the changes in a worker and lists them; a row opens what it is about."""

    rule_wanted = Signal(str)
    answers_wanted = Signal(str, str)
    """A service and the criterion whose answer would be another."""
    row_wanted = Signal(str)
    """A row of the estate, as TABLE:KEY."""

    def __init__(self, project: Project, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What would lift it"))
        self.resize(*SIZE)
        self._project, self._worker = project, worker
        self._run: Run | None = None
        self._task: Task | None = None
        self._stop = threading.Event()
        self._lifts: tuple[Lift, ...] = ()
        self._selected: Lift | None = None
        self._make_parts()
        self._lay_out()
        worker.progressed.connect(self._progressed)
        self._allow()

    @property
    def is_looking(self) -> bool:
        """Whether changes are being tried."""
        return self._task is not None

    # What the page uses

    def show_run(self, run: Run) -> None:
        """Show what was found for a run, or look for it."""
        if run is self._run and (self.is_looking or self._lifts):
            return
        self._run = run
        self.head.setText(self._standing(run))
        kept = self._project.kept(RESULT)
        if isinstance(kept, Found):
            self._show(kept)
        else:
            self.look()

    def look(self) -> None:
        """Try the changes; the table fills when all, or those until a stop, are judged."""
        run, project = self._run, self._project
        if run is None or self.is_looking:
            return
        self._stop.clear()
        self._lifts = ()
        self._show_detail(None)
        self.table.show_rows(self._columns(), [])
        self.table.set_empty_text(self.tr("Trying single changes, each judged anew …"))
        self.progress.setRange(0, 0)
        self.progress.show()
        self.said.setText(self.tr("Looking for candidates …"))
        scenario = project.scenario
        self._task = self._worker.start(
            self.tr("Trying what would lift it"),
            lambda task: look(project, run, task, self._stop),
            lambda found: self._take(scenario, found),
            failed=self._failed,
            cancelled=self._cancelled,
            only_latest=RESULT,
        )
        self._allow()

    def stop(self) -> None:
        """Stop after the change being judged; what was found until then is shown."""
        self._stop.set()
        self.said.setText(self.tr("Stopping after this change …"))
        self.stop_button.setEnabled(False)

    def selected(self) -> Lift | None:
        """Return the change selected."""
        return self._selected

    def add_as_scenario(self, name: str | None = None) -> bool:
        """Add the change selected as a scenario, asking for its name; undo takes it away again."""
        lift, run = self.selected(), self._run
        workspace = self._project.workspace
        if lift is None or run is None or not isinstance(workspace, Workspace):
            return False
        if name is None:
            name, accepted = QInputDialog.getText(
                self,
                self.tr("Add as scenario"),
                self.tr("Name of the scenario"),
                text=proposal(lift),
            )
            if not accepted:
                return False
        reason = f"{lift.addresses}: {lift.title}"
        if lift.title.startswith(lift.addresses):
            reason = lift.title
        file = ScenarioFile(
            changes=[lift.change.model_copy(update={"reason": reason})],
            description=self.tr("One change that lifts it: {0}").format(in_words(lift.change)),
            parent=None if run.name == BASE else run.name,
        )
        found, scenario = self._project.kept(RESULT), self._project.scenario
        try:
            steps = adding(workspace, name, file)
            self._project.edit(steps, self.tr("Add scenario {0}").format(name.strip()))
        except FreeholdError as error:
            show_error(self, error)
            return False
        if found is not None:  # a scenario more changes nothing in what was found
            self._project.keep(RESULT, found, scenario)
        self.said.setText(
            self.tr("Scenario {0} was added; choose it at the top of the window.").format(
                name.strip()
            )
        )
        return True

    def done(self, result: int) -> None:
        """Close; what is still being tried is given up."""
        if self._task is not None:
            self._task.cancel()
        super().done(result)

    # Work

    def _progressed(self, task: object, share: float, word: str) -> None:
        if task is self._task and not self._stop.is_set():
            self.progress.setRange(0, 100)
            self.progress.setValue(round(share * 100))
            self.said.setText(self.tr("{0} changes judged").format(word))

    def _take(self, scenario: str, found: object) -> None:
        self._task = None
        if isinstance(found, Found):
            if not found.stopped:
                self._project.keep(RESULT, found, scenario)
            self._show(found)

    def _failed(self, error: Exception) -> None:
        self._ended(str(error))
        self._worker.failed.emit(error)

    def _cancelled(self) -> None:
        self._ended(self.tr("The search was given up; look again to have it whole."))

    def _ended(self, sentence: str) -> None:
        self._task = None
        self.progress.hide()
        self.said.setText(sentence)
        self.table.set_empty_text(sentence)
        self._allow()

    # Showing

    def _show(self, found: Found) -> None:
        self._lifts = found.lifts
        self._show_detail(None)
        if found.stopped and not found.tried:
            said = self.tr("Stopped before a change was judged.")
        elif found.stopped:
            said = self.tr("Stopped: {0} of {1} changes were judged, {2} lift it.")
        else:
            said = self.tr("{0} of {1} changes were judged, {2} lift it.")
        self._ended(said.format(found.tried, found.candidates, len(found.lifts)))
        if not found.stopped:
            self.table.set_empty_text(self.tr("No single change tried lifts level or score."))
        self.table.show_rows(self._columns(), [self._row(*one) for one in enumerate(found.lifts)])
        if found.lifts:
            self.table.view.selectRow(0)
            self.table.view.setFocus()
        self._allow()

    def _columns(self) -> Sequence[Column]:
        tr = self.tr
        return (
            Column("level", tr("Level then"), width=104, tone=_risen),
            Column("score_gain", tr("Score"), width=72),
            Column("fails", tr("Fails"), width=72),
            Column("addresses", tr("For"), width=112),
            Column("says", tr("Single change"), width=512),
            Column("title", tr("Rule or criterion"), width=280),
        )

    def _row(self, number: int, lift: Lift) -> dict[str, object]:
        fails = lift.after.fails - lift.before.fails
        return {
            "number": number,
            "level": seal(lift.after),
            "risen": lift.seal_gain > 0,
            "score_gain": f"{lift.score_gain:+.2f}",
            "fails": f"{fails:+d}" if fails else "0",
            "addresses": lift.addresses,
            "says": in_words(lift.change),
            "title": lift.title,
        }

    def _standing(self, run: Run) -> str:
        level = run.level
        capped = ", ".join(level.capped_by)
        below = sum(1 for service in level.services if service.below_required)
        parts = [
            self.tr(
                "{0} as of {1}: score {2}, {3} fails, {4} services below the SEAL asked."
            ).format(
                self._level(run),
                run.as_of.isoformat(),
                show(run.measures.score, "number", 1),
                show(run.measures.fails, "integer"),
                below,
            )
        ]
        if capped:
            parts.append(self.tr("Held there by {0}.").format(capped))
        parts.append(self.tr("Each change below was tried on a copy and everything judged anew."))
        return " ".join(parts)

    def _level(self, run: Run) -> str:
        low, high = run.level.seal_low, run.level.seal_high
        if low is None:
            return self.tr("No service is in scope, so there is no level;")
        return f"SEAL {low}" if low == high else f"SEAL {low} – {high}"

    def _select(self, row: dict[str, object]) -> None:
        self._show_detail(self._lifts[int(str(row["number"]))])

    def _show_detail(self, lift: Lift | None) -> None:
        self._selected = lift
        if lift is None:
            self.detail.setText("")
        elif lift.subjects > 1:
            self.detail.setText(
                self.tr("{0}. It stands behind {1} failing subjects of {2} ({3}).").format(
                    in_words(lift.change), lift.subjects, lift.addresses, lift.title
                )
            )
        else:
            self.detail.setText(f"{in_words(lift.change)}. {lift.title}")
        self._allow()

    def _allow(self) -> None:
        lift = self.selected()
        self.stop_button.setVisible(self.is_looking)
        self.stop_button.setEnabled(self.is_looking)
        self.again.setVisible(not self.is_looking)
        editable = self._project.is_open and not self._project.read_only
        self.add.setEnabled(lift is not None and editable)
        self.open_source.setEnabled(lift is not None)
        answer = lift is not None and answered_by(lift) is not None
        self.open_source.setText(self.tr("Open answers sheet") if answer else self.tr("Open rule"))
        self.open_row.setEnabled(lift is not None and estate_row(lift) is not None)

    def _open_source(self) -> None:
        lift = self.selected()
        if lift is None:
            return
        answer = answered_by(lift)
        service = self._service_of(lift) if answer is not None else None
        self.accept()
        if answer is not None and service is not None:
            self.answers_wanted.emit(service, answer)
        else:
            self.rule_wanted.emit(lift.addresses)

    def _service_of(self, lift: Lift) -> str | None:
        if lift.change.row is not None:
            return str(lift.change.row.get("service_id"))
        found = (
            self._project.connection.cursor()
            .execute(
                "SELECT service_id FROM estate.answers WHERE answer_id = ?",
                [(lift.change.key or {}).get("answer_id")],
            )
            .fetchone()
        )
        return str(found[0]) if found else None

    def _open_row(self) -> None:
        lift = self.selected()
        row = estate_row(lift) if lift is not None else None
        if row is not None:
            self.accept()
            self.row_wanted.emit(row)

    # Building

    def _make_parts(self) -> None:
        self.head, self.said, self.detail = QLabel(), QLabel(), QLabel()
        for label in (self.head, self.said, self.detail):
            label.setObjectName("muted")
            label.setWordWrap(True)
        self.detail.setMinimumHeight(36)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(self.tr("Changes judged"))
        self.progress.setTextVisible(False)
        self.progress.setMaximumHeight(8)
        self.progress.hide()
        self.table = ResultTable(self.tr("Single changes"), tools=False)
        self.table.row_selected.connect(self._select)
        self.table.row_opened.connect(lambda _row: self._open_source())
        self.stop_button = self._button(self.tr("&Stop"), self.stop)
        self.again = self._button(self.tr("&Look again"), self.look)
        self.open_source = self._button(self.tr("Open rule"), self._open_source)
        self.open_row = self._button(self.tr("Open estate &row"), self._open_row)
        self.add = self._button(self.tr("&Add as scenario…"), self.add_as_scenario)
        self.export = self._button(self.tr("&Export CSV…"), self.table.export_csv)

    def _button(self, text: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName("quiet")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: slot())  # type: ignore[operator]
        return button

    def _lay_out(self) -> None:
        working = QHBoxLayout()
        working.setSpacing(16)
        working.addWidget(self.said, 1)
        working.addWidget(self.stop_button)
        working.addWidget(self.again)
        closing = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        closing.rejected.connect(self.reject)
        closing.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        last = QHBoxLayout()
        last.setSpacing(8)
        for button in (self.add, self.open_source, self.open_row, self.export):
            last.addWidget(button)
        last.addStretch(1)
        last.addWidget(closing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addLayout(working)
        layout.addWidget(self.progress)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.detail)
        layout.addLayout(last)


def _risen(_value: object, row: object) -> str | None:
    return "good" if isinstance(row, dict) and row.get("risen") else None
