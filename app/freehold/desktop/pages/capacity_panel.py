"""The chosen workload: what it is, its memory, and inputs to try before they are kept."""

from typing import Any

import pandas as pd
from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from freehold.desktop.native.signs import SignLabel
from freehold.desktop.pages.capacity_detail import Detail, memory_parts
from freehold.desktop.pages.capacity_memory import MemoryBar
from freehold.desktop.pages.capacity_values import known, said, state
from freehold.estate import dictionary

_TYPING_PAUSE_MS = 250
_CHOICES = ("accelerator_id", "precision", "term")
_MOST_REQUESTS = 1_000_000.0


class WorkloadPanel(QFrame):
    """Inputs typed here are tried at once; `keep_wanted` asks to put them into the document."""

    tried = Signal(dict)
    keep_wanted = Signal(dict)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(304)
        self.setMaximumWidth(368)
        self._before: dict[str, Any] = {}
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.tried.emit(self.changes()))
        self._name, self.about = QLabel(), QLabel()
        self._name.setObjectName("panel_title")
        self._name.setWordWrap(True)
        self._sign = SignLabel("unknown")
        self.about.setObjectName("muted")
        self.about.setWordWrap(True)
        self._memory_title, self.memory = QLabel(), MemoryBar()
        self._memory_title.setObjectName("muted")
        self._memory_title.setWordWrap(True)
        self.requests = QDoubleSpinBox()
        self.requests.setRange(0.0, _MOST_REQUESTS)
        self.requests.setDecimals(3)
        self.requests.setSpecialValueText(self.tr("unknown"))
        self.requests.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.requests.setGroupSeparatorShown(True)
        self.requests.valueChanged.connect(lambda _value: self._edited())
        self.choices = {name: QComboBox() for name in _CHOICES}
        for field in self.choices.values():
            field.currentIndexChanged.connect(lambda _row: self._edited())
        self.keep = QPushButton(self.tr("Keep in document"))
        self.keep.setObjectName("quiet")
        self.keep.setToolTip(self.tr("Write these inputs into the estate; undo takes them back"))
        self.keep.clicked.connect(lambda: self.keep_wanted.emit(self.changes()))
        self.reset = QPushButton(self.tr("Reset"))
        self.reset.setObjectName("quiet")
        self.reset.clicked.connect(self.take_back)
        self._lay_out()

    def show_specification(
        self, spec: "pd.Series[Any]", accelerators: list[str], *, editable: bool
    ) -> None:
        """Show another workload's inputs."""
        self._pause.stop()
        table = dictionary.tables()["workloads"]
        self._before = {name: known(spec.get(name)) for name in ("requests_per_s", *_CHOICES)}
        options = {
            "accelerator_id": accelerators,
            "precision": list(table.column("precision").values),
            "term": list(table.column("term").values),
        }
        for name, field in self.choices.items():
            with QSignalBlocker(field):
                field.clear()
                field.addItem(self.tr("unknown"), None)
                for value in options[name]:
                    field.addItem(value.replace("_", " "), value)
        self._name.setText(said(spec.get("name")) or said(spec.get("workload_id")))
        self._write_back()
        self.requests.setEnabled(editable and said(spec.get("kind")) == "serving")
        for field in self.choices.values():
            field.setEnabled(editable and said(spec.get("kind")) != "classic")
        self._show_buttons()

    def show_detail(self, found: Detail) -> None:
        """Show what the inputs give."""
        row = found.sized
        sign, words = state(row)
        self._sign.set_sign(sign, {"unknown": self.tr("Not sized")}.get(sign))
        assumed = said(row.get("assumed"))
        parts = ["" if sign == "pass" else words]
        if assumed:
            parts.append(assumed[:1].upper() + assumed[1:] + ".")
        self.about.setText("\n".join(part for part in parts if part))
        self.about.setVisible(bool(self.about.text()))
        words_of = {
            "weights": self.tr("weights"),
            "kv": self.tr("cache"),
            "gradients": self.tr("gradients"),
            "optimizer": self.tr("optimiser"),
            "activations": self.tr("activations"),
            "reserve": self.tr("runtime"),
        }
        pieces = memory_parts(row)
        self.memory.show_parts([(words_of[name], size) for name, size in pieces], found.device_gib)
        limit = "" if found.device_gib is None else f"{found.device_gib:g}"
        mark = "" if found.device_verified else " †"
        self._memory_title.setText(
            self.tr("Memory on the fullest device, GiB of {0}{1}").format(limit or "?", mark)
        )
        self._memory_title.setToolTip(
            "" if found.device_verified else self.tr("† A fact not yet verified")
        )
        self._memory_title.setVisible(bool(pieces))

    def changes(self) -> dict[str, Any]:
        """Return the inputs that differ from the document's."""
        now: dict[str, Any] = {name: field.currentData() for name, field in self.choices.items()}
        now["requests_per_s"] = self.requests.value() or None
        return {
            name: value for name, value in now.items() if not _same(value, self._before.get(name))
        }

    def take_back(self) -> None:
        """Put the document's inputs back."""
        self._write_back()
        self._edited()

    def _write_back(self) -> None:
        with QSignalBlocker(self.requests):
            self.requests.setValue(float(self._before.get("requests_per_s") or 0.0))
        for name, field in self.choices.items():
            value = self._before.get(name)
            with QSignalBlocker(field):
                if value is not None and field.findData(value) < 0:
                    field.addItem(str(value), value)
                field.setCurrentIndex(max(field.findData(value), 0))

    def _edited(self) -> None:
        self._show_buttons()
        self._pause.start()

    def _show_buttons(self) -> None:
        differs = bool(self.changes())
        self.keep.setEnabled(differs)
        self.reset.setEnabled(differs)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(self.tr("Requests per second"), self.requests)
        form.addRow(self.tr("Accelerator"), self.choices["accelerator_id"])
        form.addRow(self.tr("Precision"), self.choices["precision"])
        form.addRow(self.tr("Term"), self.choices["term"])
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.reset)
        row.addWidget(self.keep)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        for widget in (self._name, self._sign, self.about, self._memory_title, self.memory):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addLayout(form)
        layout.addLayout(row)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - float(other)) < 5e-4
    return bool(one == other)
