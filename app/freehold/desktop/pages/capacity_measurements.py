"""The dialog of own measurements: what they change, more from a CSV, all removed."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout
from shiboken6 import isValid

from freehold.desktop.numbers import show
from freehold.desktop.project import BASE, Project
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.work import Task, Worker

if TYPE_CHECKING:
    from freehold.workflows.capacity_measurements import Planned
    from freehold.workflows.results_capacity import Measurements

KEY = "own measurements"


class MeasurementsDialog(QDialog):
    """The document's own measurements, on which its estimates rest."""

    def __init__(self, project: Project, worker: Worker) -> None:
        super().__init__()
        self._project, self._worker = project, worker
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Own measurements"))
        self.resize(1040, 480)
        about = QLabel(
            self.tr(
                "Measurements of your own are fitted as the last level: every figure of a chip "
                "measured here rests on them and says so. A CSV needs the columns model, "
                "accelerator_id, accelerators, measured_metric and measured_value; others of "
                "bench_infer.csv and bench_train.csv make it exact. Removing them gives the old "
                "figures back."
            )
        )
        about.setWordWrap(True)
        self.table = ResultTable(self.tr("Own measurements"), tools=False)
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.told.hide()
        self.add = QPushButton(self.tr("&Add CSV…"))
        self.add.clicked.connect(lambda _checked=False: self._choose())
        self.remove = QPushButton(self.tr("&Remove all"))
        self.remove.clicked.connect(lambda _checked=False: self.remove_all())
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(lambda _checked=False: self.close())
        editable = not project.read_only and project.scenario == BASE
        self.add.setEnabled(editable)
        self.remove.setEnabled(False)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(about)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.told)
        layout.addLayout(buttons)
        self._editable = editable
        self.look()

    def look(self) -> None:
        """List the measurements, in the worker."""
        from freehold.workflows.capacity_measurements import listed

        self._start(self.tr("Own measurements"), lambda task: listed(
            task.cursor(self._project.connection), self._project.name
        ), self._show)  # fmt: skip

    def take(self, source: Path) -> None:
        """Read a CSV in the worker, then add its usable rows; undo takes them back."""
        from freehold.workflows.capacity_measurements import planned_addition

        self._start(self.tr("Reading {0}").format(source.name), lambda task: planned_addition(
            task.cursor(self._project.connection), source
        ), self._take)  # fmt: skip

    def remove_all(self) -> None:
        """Remove every own measurement; undo brings them back."""
        from freehold.workflows.capacity_measurements import planned_removal

        changes = planned_removal(self._project.connection, None, self._project.name)
        self.told.hide()
        self._project.edit(changes, self.tr("Remove own measurements"))
        self.look()

    def _start(
        self, title: str, work: Callable[[Task], object], then: Callable[[object], None]
    ) -> None:
        def take(found: object) -> None:
            if isValid(self):  # closed while the worker was at it
                then(found)

        self._worker.start(title, work, take, only_latest=KEY)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Own measurements"), "", self.tr("CSV tables (*.csv)")
        )
        if name:
            self.take(Path(name))

    def _take(self, found: object) -> None:
        planned = cast("Planned", found)
        try:
            self._project.edit(planned.changes, self.tr("Add own measurements"))
        except Exception as error:
            self._worker.failed.emit(error)
            return
        lines = [
            self.tr("{0} rows read, {1} added.").format(
                show(planned.read, "integer"), show(len(planned.changes), "integer")
            )
        ]
        lines += [
            self.tr("Left out, line {0}: {1}").format(row.line, row.reason)
            for row in planned.skipped[:8]
        ]
        if len(planned.skipped) > 8:
            lines.append(self.tr("… and {0} more").format(len(planned.skipped) - 8))
        self.told.setText("\n".join(lines))
        self.told.show()
        self.look()

    def _show(self, found: object) -> None:
        rows = cast("Measurements", found).rows
        self.remove.setEnabled(self._editable and bool(rows))
        self.table.set_empty_text(self.tr("No measurements of your own yet."))
        self.table.show_rows(
            [
                Column("model", self.tr("Model"), width=184),
                Column("accelerator", self.tr("Accelerator"), width=128),
                Column("metric", self.tr("Figure"), width=200),
                Column("measured", self.tr("Measured"), "number", 2, width=100),
                Column("without", self.tr("Without them"), "number", 2, width=132),
                Column("with", self.tr("With them"), "number", 2, width=112),
                Column("source", self.tr("Source"), width=240),
            ],
            [
                {
                    "model": row.model,
                    "accelerator": row.accelerator,
                    "metric": row.metric.replace("_", " "),
                    "measured": row.measured,
                    "without": row.predicted_without,
                    "with": row.predicted_with,
                    "source": row.source,
                }
                for row in rows
            ],
        )
