"""Why a rule decided as it did on one subject, as a page of text with its sources."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from freehold.compliance import Explanation
from freehold.compliance.changes import Change
from freehold.desktop import theme
from freehold.desktop.native.elided import ElidedLabel
from freehold.desktop.native.signs import sign_of, word_of
from freehold.desktop.numbers import show


class ExplanationPanel(QFrame):
    """Shows values with their origin, conditions, the smallest change that would pass, waiver."""

    row_wanted = Signal(str, str)
    rules_wanted = Signal(str)
    """The subject of which all rules are asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._shown: Explanation | None = None
        heading = ElidedLabel(self.tr("Why"))
        heading.setObjectName("panel_title")
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copy this explanation"))
        self.row_button = QPushButton(self.tr("Go to the row"))
        self.row_button.setToolTip(self.tr("Show the row behind this subject"))
        self.rules_button = QPushButton(self.tr("&Rules on it"))
        self.rules_button.setToolTip(self.tr("List what every rule says of this subject"))
        self.text = QTextBrowser()
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.setAccessibleName(self.tr("Explanation"))
        self.text.document().setDocumentMargin(0)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(heading, 1)
        for button in (self.rules_button, self.copy_button, self.row_button):
            button.setObjectName("quiet")
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.text, 1)
        self.copy_button.clicked.connect(lambda _checked=False: self._copy())
        self.row_button.clicked.connect(lambda _checked=False: self._go())
        self.rules_button.clicked.connect(lambda _checked=False: self._ask())
        theme.active().changed.connect(self._render)
        self.show_nothing()

    @property
    def explanation(self) -> Explanation | None:
        """The explanation shown."""
        return self._shown

    def show_nothing(self, sentence: str = "") -> None:
        """Say why there is nothing to explain."""
        self._shown = None
        self.text.setPlainText(sentence or self.tr("Choose a subject to see why it is so."))
        self.copy_button.setEnabled(False)
        self.row_button.setEnabled(False)
        self.rules_button.setEnabled(False)

    def show_explanation(self, explanation: Explanation) -> None:
        """Show an explanation."""
        self._shown = explanation
        self.copy_button.setEnabled(True)
        self.row_button.setEnabled(True)
        self.rules_button.setEnabled(True)
        self._render()

    def _render(self) -> None:
        if self._shown is not None:
            self.text.setHtml(self._html(self._shown))

    def _html(self, shown: Explanation) -> str:
        colours = theme.active().colours
        verdict = (
            f'<b style="color:{colours.colour(sign_of(shown.verdict).colour)}">'
            f"{escape(word_of(shown.verdict))}</b>"
        )
        parts = [f"<p>{verdict}: {escape(shown.says)}{self._reason(shown)}</p>"]
        if shown.smallest_change is not None:
            parts.append(self._head(self.tr("Smallest change that would pass")))
            parts.append(self._list([self._change(shown.smallest_change)]))
            if shown.other_changes:
                also = [self._change(change) for change in shown.other_changes]
                parts.append(self._muted(self.tr("Or:")) + self._list(also))
        if shown.waiver is not None:
            parts.append(self._head(self.tr("Waiver")) + self._waiver(shown))
        parts.append(self._head(self.tr("What the rule read")))
        parts.append(self._values(shown))
        if any(value.verified is False for value in shown.values):
            parts.append(self._muted(self.tr("† a fact of the catalogue that nobody has verified")))
        for part, title in (
            ("applies", self.tr("It applies where")),
            ("fails", self.tr("It fails where")),
        ):
            atoms = [atom for atom in shown.atoms if atom.part == part]
            if atoms:
                rows = [
                    (escape(atom.sql.replace('"', "")), self._truth(atom.result)) for atom in atoms
                ]
                parts.append(self._head(title) + _table(rows, colours.line))
        return f'<div style="color:{colours.text}">{"".join(parts)}</div>'

    def _reason(self, shown: Explanation) -> str:
        said = []
        if shown.rows > 1:
            said.append(
                self.tr("It has {0} rows; {1} decides.").format(shown.rows, shown.row_id or "?")
            )
        if shown.reason == "unverified" and shown.verdict == "unknown":
            said.append(self.tr("It rests on a fact that is not confirmed."))
        elif shown.reason == "missing":
            said.append(self.tr("Something it needs is not told."))
        elif shown.reason == "error":
            said.append(self.tr("A condition could not be worked out."))
        if shown.if_confirmed is not None and shown.if_confirmed != shown.verdict:
            said.append(self.tr("If confirmed: {0}.").format(word_of(shown.if_confirmed).lower()))
        return "<br>" + escape(" ".join(said)) if said else ""

    def _change(self, change: Change) -> str:
        name = change.column.replace("_", " ")
        if change.kind == "confirm":
            text = self.tr("Confirm that {0} is {1}").format(name, _value(change.old))
        elif change.old is None:
            text = self.tr("Tell {0}: {1}").format(name, _value(change.new))
        else:
            text = self.tr("Change {0} from {1} to {2}").format(
                name, _value(change.old), _value(change.new)
            )
        if change.rows > 1:
            text = self.tr("{0}, on each of {1} rows that fail so").format(text, change.rows)
        return escape(text)

    def _waiver(self, shown: Explanation) -> str:
        state = shown.waiver
        if state is None:
            return ""
        waiver = state.waiver
        rows = [
            (escape(name), escape(show(value, "text")))
            for name, value in (
                (self.tr("Waiver"), waiver.waiver_id),
                (self.tr("State"), state.sentence),
                (self.tr("Reason"), waiver.reason),
                (self.tr("Owner"), waiver.owner),
                (self.tr("Approved by"), waiver.approver),
                (self.tr("Expires on"), waiver.expires_on),
                (self.tr("In its place"), waiver.compensating_control),
            )
        ]
        return _table(rows, theme.active().colours.line)

    def _values(self, shown: Explanation) -> str:
        colours = theme.active().colours
        rows = []
        for used in shown.values:
            told = escape(_value(used.value))
            if used.value is None:
                told = f'<span style="color:{colours.unknown}">{escape(self.tr("unknown"))}</span>'
            mark = " †" if used.verified is False else ""
            origin = escape(used.source or self.tr("origin not recorded"))
            rows.append(
                (
                    escape(used.column.replace("_", " ")),
                    f"<b>{told}</b>{mark}",
                    f'<span style="color:{colours.muted}">{origin}</span>',
                )
            )
        return _table(rows, colours.line)

    def _truth(self, result: bool | None) -> str:
        colours = theme.active().colours
        if result is None:
            return f'<span style="color:{colours.unknown}">{escape(self.tr("unknown"))}</span>'
        return f"<b>{escape(self.tr('true') if result else self.tr('false'))}</b>"

    def _head(self, text: str) -> str:
        return f'<p style="margin-top:10px;margin-bottom:2px"><b>{escape(text)}</b></p>'

    def _muted(self, text: str) -> str:
        colour = theme.active().colours.muted
        return f'<p style="color:{colour};margin:2px 0">{escape(text)}</p>'

    def _list(self, items: Sequence[str]) -> str:
        return "".join(f'<p style="margin:2px 0 2px 12px">{item}</p>' for item in items)

    def _copy(self) -> None:
        cursor = self.text.textCursor()
        self.text.selectAll()
        self.text.copy()
        self.text.setTextCursor(cursor)

    def _go(self) -> None:
        if self._shown is not None:
            self.row_wanted.emit(self._shown.rule.rule.id, self._shown.subject_id)

    def _ask(self) -> None:
        if self._shown is not None:
            self.rules_wanted.emit(self._shown.subject_id)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return show(value, "flag")
    if isinstance(value, float):
        return f"{value:g}"
    return show(value, "text")


def _table(rows: Sequence[tuple[str, ...]], line: str) -> str:
    cells = "".join(
        "<tr>"
        + "".join(
            f'<td style="padding:3px 12px 3px 0;border-bottom:1px solid {line}">{cell}</td>'
            for cell in row
        )
        + "</tr>"
        for row in rows
    )
    return f'<table width="100%" cellspacing="0" cellpadding="0">{cells}</table>'
