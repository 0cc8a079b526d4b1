"""The line at the bottom: offline, saved, which rules and facts, and what is at work."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from freehold.desktop.work import Task, Worker


class StatusLine(QStatusBar):
    """Shows lasting facts at the left and running work with Cancel at the right."""

    def __init__(self, worker: Worker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._worker = worker
        self._labels = {name: QLabel() for name in ("offline", "saved", "packs", "catalogue")}
        for label in self._labels.values():
            label.setObjectName("status")
            self.addWidget(label)
        self._labels["offline"].setText(self.tr("Offline"))
        self._labels["offline"].setToolTip(self.tr("Freehold never uses the network."))
        self._task: Task | None = None
        self._what = QLabel()
        self._what.setObjectName("status")
        self._bar = QProgressBar()
        self._bar.setFixedWidth(140)
        self._bar.setMaximumHeight(12)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setObjectName("quiet")
        self._cancel.setStyleSheet("padding: 1px 8px;")
        self._cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cancel.clicked.connect(self._cancel_task)
        for widget in (self._what, self._bar, self._cancel):
            self.addPermanentWidget(widget)
            widget.hide()
        worker.started.connect(self._show)
        worker.progressed.connect(self._progress)
        worker.ended.connect(self._ended)

    def set_text(self, name: str, text: str) -> None:
        """Set one of the facts: saved, packs or catalogue."""
        self._labels[name].setText(text)
        self._labels[name].setVisible(bool(text))

    def text(self, name: str) -> str:
        """Return one of the facts shown."""
        return self._labels[name].text()

    def _show(self, task: Task | None) -> None:
        self._task = task
        for widget in (self._what, self._bar, self._cancel):
            widget.setVisible(task is not None)
        if task is not None:
            self._what.setText(task.title)
            self._bar.setRange(0, 0)

    def _progress(self, task: Task, share: float, word: str) -> None:
        if task is not self._task:
            return
        self._what.setText(f"{task.title}: {word}" if word else task.title)
        if share >= 0:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(share * 1000))

    def _ended(self, _task: Task) -> None:
        running = self._worker.running
        self._show(running[-1] if running else None)

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()
