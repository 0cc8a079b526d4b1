"""The rule editor: a rule as text, what is wrong with it, its tests, and what it finds."""

import re
from pathlib import Path

import shiboken6
from PySide6.QtCore import QStringListModel, Qt, QTimer
from PySide6.QtGui import QFontDatabase, QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance.rule import Rule
from freehold.desktop.pages.overview_panels import Fit
from freehold.desktop.project import Project
from freehold.desktop.tables import Column, ResultTable
from freehold.desktop.work import Cancelled, Task, Worker
from freehold.errors import FreeholdError
from freehold.estate import dictionary
from freehold.sandbox import Stopped
from freehold.workflows import rule_editing

_PAUSE_MS = 400
_SUBJECT = re.compile(r"^subject:\s*(\w+)", re.MULTILINE)
_KEYS = [*Rule.model_fields, "given", "rows", "expect"]
TEMPLATE = """\
id: MINE-1
title: Backups stay in the EEA
severity: high
subject: placements
applies: role = 'backup'
fails: NOT is_eea
evidence: [placement, country]
says: "{placement}: the backup lies in {country}"
fix: Move the backup to a region in the EEA.
tests:
  - {given: {role: backup, is_eea: false}, expect: fail}
  - {given: {role: backup, is_eea: true}, expect: pass}
  - {given: {role: backup, is_eea: null}, expect: unknown}
  - {given: {role: storage, is_eea: false}, expect: not_applicable}
"""


class RuleText(QPlainTextEdit):
    """Text that completes keys, views, columns and values on Ctrl+Space."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self._words = QStringListModel(self)
        self.completer = QCompleter(self._words, self)
        self.completer.setWidget(self)
        self.completer.activated.connect(self._complete)

    def set_words(self, words: list[str]) -> None:
        """Offer these words."""
        self._words.setStringList(sorted(set(words)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open the list on Ctrl+Space; while it is open, leave Enter and Escape to it."""
        popup = self.completer.popup()
        is_open = popup is not None and popup.isVisible()
        taken = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Tab)
        if is_open and event.key() in taken:
            event.ignore()
            return
        asked = event.key() == Qt.Key.Key_Space and bool(
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if not asked:
            super().keyPressEvent(event)
        if asked or is_open:
            self.completer.setCompletionPrefix(self._word().selectedText())
            rect = self.cursorRect()
            rect.setWidth(280)
            self.completer.complete(rect)

    def _word(self) -> QTextCursor:
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.WordUnderCursor)
        return cursor

    def _complete(self, word: str) -> None:
        self._word().insertText(word)


class RuleEditor(QDialog):
    """Edits one rule of the user's own pack over the open document."""

    def __init__(
        self, project: Project, worker: Worker, text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Rule editor"))
        self.resize(1120, 720)
        self._project, self._worker = project, worker
        self._task: Task | None = None
        self._turn = 0
        self._subject = ""
        self.rule: Rule | None = None
        self.text = RuleText()
        self.text.setAccessibleName(self.tr("Rule as YAML"))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setAccessibleName(self.tr("What is wrong with the rule"))
        self.tests = QLabel()
        self.tests.setWordWrap(True)
        self.tests.setAccessibleName(self.tr("How its tests went"))
        self.columns = ResultTable(self.tr("Columns of the view"))
        self.columns.row_opened.connect(lambda row: self.text.insertPlainText(str(row["column"])))
        self.found = QLabel()
        self.found.setWordWrap(True)
        self.hits = ResultTable(self.tr("What the rule finds"), tools=False)
        self.hits.set_empty_text(self.tr("No row fails or is unknown."))
        Fit(self.columns, 3, least=160, spare=(1, 2))
        Fit(self.hits, 1, least=160, spare=(0,))
        self.preview_button = QPushButton(self.tr("&Preview"))
        self.cancel_button = QPushButton(self.tr("Ca&ncel preview"))
        self.save_button = QPushButton(self.tr("&Save in my pack"))
        self.close_button = QPushButton(self.tr("&Close"))
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self.look)
        self._lay_out()
        self.text.textChanged.connect(self._pause.start)
        self.preview_button.clicked.connect(self.preview)
        self.cancel_button.clicked.connect(self.cancel)
        self.save_button.clicked.connect(self.save)
        self.close_button.clicked.connect(self.reject)
        self.finished.connect(lambda _code: self.cancel())
        self.text.setPlainText(text or TEMPLATE)
        self.look()

    def look(self) -> None:
        """Check the text, run the tests and start the preview if it is sound."""
        self._pause.stop()
        text = self.text.toPlainText()
        self._show_columns(text)
        try:
            self.rule = rule_editing.read_rule(text)
            report = rule_editing.test_rule(self.rule)
        except FreeholdError as error:
            self.rule = None
            self.message.setText(self.tr("Not yet a rule: {0}").format(str(error)))
            self.tests.setText("")
        else:
            self.message.setText(self.tr("The rule is sound."))
            went = self.tr("Tests: {0} passed, {1} failed").format(report.passed, report.failed)
            self.tests.setText("\n".join([went, *map(str, report.failures[:4])]))
        self._enable()
        if self.rule is not None and self.rule.kind == "row":
            self.preview()

    def preview(self) -> None:
        """Judge the open estate by the rule, off the window's thread."""
        rule = self.rule
        if rule is None or not self._project.is_open:
            return
        connection, as_of = self._project.connection, self._project.as_of
        self._turn += 1
        turn = self._turn

        def work(task: Task) -> object:
            cursor = task.cursor(connection)
            try:
                return rule_editing.preview(
                    cursor, rule, as_of, views="views", stopped=lambda: task.is_cancelled
                )
            except Stopped:
                raise Cancelled from None

        self.found.setText(self.tr("Looking through the estate …"))
        self._task = self._worker.start(
            self.tr("Preview of {0}").format(rule.id),
            work,
            lambda result: self._show_preview(turn, result),
            failed=lambda error: self._end(turn, str(error)),
            cancelled=lambda: self._end(turn, self.tr("Cancelled.")),
            only_latest="rule preview",
        )
        self._enable()

    def cancel(self) -> None:
        """Stop the preview; the child process ends with it."""
        if self._task is not None:
            self._task.cancel()

    def save(self) -> Path | None:
        """Save the rule in the user's own pack."""
        try:
            path = rule_editing.save_rule(self.text.toPlainText())
        except FreeholdError as error:
            self.message.setText(str(error))
            return None
        self.message.setText(self.tr("Saved as {0}").format(str(path)))
        return path

    def _show_preview(self, turn: int, result: object) -> None:
        if not isinstance(result, rule_editing.Preview) or not shiboken6.isValid(self):
            return
        counts = result.counts
        sentence = self.tr("{0} fail, {1} unknown, {2} pass").format(
            counts.get("fail", 0), counts.get("unknown", 0), counts.get("pass", 0)
        )
        self._end(turn, sentence)
        columns = [
            Column("result", self.tr("Result"), "sign"),
            Column("subject", self.tr("Subject")),
        ]
        rows = [{"result": verdict, "subject": subject} for verdict, subject in result.subjects]
        self.hits.show_rows(columns, rows)

    def _end(self, turn: int, sentence: str) -> None:
        # The dialog may be closed by now, or a later preview run.
        if shiboken6.isValid(self) and turn == self._turn:
            self._task = None
            self.found.setText(sentence)
            self._enable()

    def _enable(self) -> None:
        self.save_button.setEnabled(self.rule is not None)
        self.preview_button.setEnabled(self.rule is not None and self._task is None)
        self.cancel_button.setEnabled(self._task is not None)

    def _show_columns(self, text: str) -> None:
        named = _SUBJECT.search(text)
        views = dictionary.views()
        subject = named[1] if named and named[1] in views else ""
        if subject == self._subject and self._subject:
            return
        self._subject = subject
        shown = views[subject].columns if subject else ()
        values = [value for column in shown for value in column.values]
        self.text.set_words([*_KEYS, *views, *(column.name for column in shown), *values])
        titles = (
            Column("column", self.tr("Column")),
            Column("domain", self.tr("Values")),
            Column("doc", self.tr("Meaning")),
        )
        rows = [
            {"column": c.name, "domain": c.domain or c.references or c.type, "doc": c.doc}
            for c in shown
        ]
        self.columns.show_rows(list(titles), rows)

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        under = QVBoxLayout(left)
        under.setContentsMargins(0, 0, 0, 0)
        label = QLabel(self.tr("&Rule (Ctrl+Space completes)"))
        label.setBuddy(self.text)
        under.addWidget(label)
        under.addWidget(self.text, 1)
        under.addWidget(self.message)
        under.addWidget(self.tests)
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(QLabel(self.tr("Columns of the view")))
        beside.addWidget(self.columns, 1)
        beside.addWidget(QLabel(self.tr("What it finds in the open estate")))
        beside.addWidget(self.found)
        beside.addWidget(self.hits, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([580, 540])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (
            self.preview_button, self.cancel_button, self.save_button, self.close_button
        ):  # fmt: skip
            button.setAutoDefault(False)
            buttons.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.addWidget(split, 1)
        whole.addLayout(buttons)
