"""Fields for the values of a rule: numbers by slider or typed, lists and texts typed."""

import math
from datetime import date

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QWidget,
)

Value = bool | int | float | str | date | list[int | float | str]

_MOST = 1e9
_STEPS = 100


class Field(QWidget):
    """One value to try; `changed` tells that it is another."""

    changed = Signal()

    def value(self) -> Value:
        """Return the value as a rule file has it."""
        raise NotImplementedError

    def set_value(self, value: Value) -> None:
        """Show a value."""
        raise NotImplementedError


class _Spin(QDoubleSpinBox):
    def textFromValue(self, value: float) -> str:  # noqa: N802
        """Show no more digits than the number has."""
        return self.locale().toString(value, "g", 12)


class NumberField(Field):
    """A number, typed or moved; the slider reaches from 0 to twice the rule's own value."""

    def __init__(self, name: str, value: float, *, whole: bool, least: float | None) -> None:
        super().__init__()
        self._whole = whole
        top = 1.0 if not whole and abs(value) <= 1 else max(10.0, 2 * abs(value))
        self._step = max(1, math.ceil(top / _STEPS)) if whole else top / _STEPS
        self.spin = _Spin()
        self.spin.setDecimals(0 if whole else 4)
        self.spin.setRange(-_MOST if least is None else least, _MOST)
        self.spin.setSingleStep(self._step)
        self.spin.setMinimumWidth(112)
        self.spin.setAccessibleName(name)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, round(top / self._step))
        self.slider.setAccessibleName(self.tr("{0}, as a slider").format(name))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.spin)
        layout.addWidget(self.slider, 1)
        self.setFocusProxy(self.spin)
        self.set_value(value)
        self.spin.valueChanged.connect(self._typed)
        self.slider.valueChanged.connect(lambda step: self.spin.setValue(step * self._step))

    def value(self) -> Value:
        """Return the number; whole where the rule's own is."""
        number = self.spin.value()
        return int(number) if self._whole or number.is_integer() else number

    def set_value(self, value: Value) -> None:
        """Show a number."""
        with QSignalBlocker(self.spin):
            self.spin.setValue(float(str(value)))
        self._follow()

    def _typed(self) -> None:
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(self.spin.value() / self._step))


class FlagField(Field):
    """Yes or no."""

    def __init__(self, name: str, value: bool) -> None:
        super().__init__()
        self.box = QCheckBox(self.tr("Yes"))
        self.box.setAccessibleName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.setChecked(value)
        self.box.toggled.connect(lambda _on: self.changed.emit())

    def value(self) -> Value:
        """Return whether it is ticked."""
        return self.box.isChecked()

    def set_value(self, value: Value) -> None:
        """Tick it or not."""
        with QSignalBlocker(self.box):
            self.box.setChecked(bool(value))


class TextField(Field):
    """A word, a day or a list with commas between; told when the typing has ended."""

    def __init__(self, name: str, value: Value) -> None:
        super().__init__()
        self._own = value
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        if isinstance(value, list):
            self.line.setToolTip(self.tr("Several values, a comma between them"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.set_value(value)
        self.line.editingFinished.connect(self.changed.emit)

    def value(self) -> Value:
        """Return the text, or what stands between its commas, of the kind that the rule has."""
        text = self.line.text().strip()
        if not isinstance(self._own, list):
            return self._own if text == _written(self._own) else text
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [_number(part) if _is_number(self._own[0]) else part for part in parts]

    def set_value(self, value: Value) -> None:
        """Show a value."""
        self.line.setText(_written(value))


def field_for(name: str, value: Value, least: float | None = None) -> Field:
    """Return the field for a value of a rule."""
    if isinstance(value, bool):
        return FlagField(name, value)
    if isinstance(value, int | float):
        # A weight may be a fraction in any rule.
        whole = isinstance(value, int) and least is None
        return NumberField(name, value, whole=whole, least=least)
    return TextField(name, value)


def _written(value: Value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _number(text: str) -> int | float | str:
    try:
        number = float(text)
    except ValueError:
        return text  # the rule says what is wrong with it
    return int(number) if number.is_integer() else number
