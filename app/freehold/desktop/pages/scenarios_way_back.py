"""The way back after a shock: where everything that was hit goes, its cost and its lead time."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from freehold.desktop.numbers import show
from freehold.desktop.tables import Column, ResultTable
from freehold.scenarios.recovery import Recovery


class WayBack(QWidget):
    """A table of moves under the sums, and what the estimate rests on below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sums, self.notes = _label(), _label()
        self.moves = ResultTable(self.tr("What moves where"), tools=False)
        self.moves.set_empty_text(self.tr("Nothing has a place to move to."))
        self._notes = QScrollArea()
        self._notes.setWidget(self.notes)
        self._notes.setWidgetResizable(True)
        self._notes.setFrameShape(QScrollArea.Shape.NoFrame)
        self._notes.setAccessibleName(self.tr("What the way back rests on"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self.sums)
        layout.addWidget(self.moves, 3)
        layout.addWidget(self._notes, 2)

    def show_recovery(self, found: Recovery | None, notices: tuple[str, ...]) -> None:
        """Show a way back, or that there is nothing to recover; `notices` of the shock below."""
        self.moves.setVisible(found is not None and bool(found.moves))
        if found is None:
            self.sums.setText(self.tr("Nothing has to move."))
            self.notes.setText("<br><br>".join(notices))
            return
        self.sums.setText(self._sums(found))
        self.notes.setText("<br><br>".join([*self._rest(found), *found.notes, *notices]))
        self.moves.show_rows(
            [
                Column("what", self.tr("What moves")),
                Column("from", self.tr("From"), width=160),
                Column("to", self.tr("To"), width=176),
                Column("machine", self.tr("Machine"), width=176),
                Column("term", self.tr("Term"), width=96),
                Column("usd", self.tr("USD a month"), "number", 0, width=112),
                Column("before", self.tr("Before"), "number", 0, width=96),
                Column("days", self.tr("Days"), "number", 0, width=72),
            ],
            [
                {
                    "what": f"{move.what} {move.name}" if move.name != move.what else move.what,
                    "from": move.moves_from,
                    "to": f"{move.provider}/{move.region or move.country or '*'}",
                    "machine": f"{move.machines:g} × {move.machine}",
                    "term": move.term.replace("_", " "),
                    "usd": move.usd_per_month,
                    "before": move.before_usd,
                    "days": move.lead_days,
                }
                for move in found.moves
            ],
        )

    def _sums(self, found: Recovery) -> str:
        unknown = self.tr("unknown")

        def figure(value: float | None) -> str:
            return unknown if value is None else show(value, "number", 0)

        if not found.moves:
            return self.tr("There is no way back: nothing that was hit has a place to move to.")
        floor = self.tr("at least ") if found.lead_is_floor and found.lead_days else ""
        parts = [
            self.tr(
                "Cheapest way back over {0} months, planned under the rules: {1} USD a month "
                "against today, {2} USD once, lead time {3}{4} days."
            ).format(
                found.months,
                figure(found.extra_usd),
                figure(found.one_off_usd),
                floor,
                figure(found.lead_days),
            ),
            self.tr("Judged again, no critical or high rule fails more often than today.")
            if found.is_compliant
            else self.tr("Judged again, more fails than today: {0}.").format(
                ", ".join(f"{rule} ({count})" for rule, count in found.failing.items())
            ),
        ]
        return "<br>".join(parts)

    def _rest(self, found: Recovery) -> list[str]:
        parts = [
            self.tr("No place for {0}: {1}.").format(what, why)
            for what, why in found.stranded.items()
        ]
        if found.data_lost:
            parts.append(
                self.tr("No copy is left in reach of {0}: take them out before, or they are lost.")
                .format(", ".join(found.data_lost))
            )  # fmt: skip
        if found.moves:
            parts.append(self.tr("Lead time: {0}.").format(found.lead_basis))
        return parts


def _label() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
