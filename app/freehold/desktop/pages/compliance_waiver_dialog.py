"""The form in which a waiver is approved or revised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from freehold.compliance import Waiver, approving
from freehold.desktop.pages.compliance_words import category_word
from freehold.errors import FreeholdError

_WIDTH = 560
_DEFAULT_DAYS = 180


class WaiverDialog(QDialog):
    """Asks for what a waiver needs; `checked` says what is wrong before it closes."""

    def __init__(
        self,
        waiver: Waiver,
        reach: str,
        check: Callable[[Waiver], Waiver],
        parent: QWidget | None = None,
        *,
        longest_days: int | None = None,
    ) -> None:
        super().__init__(parent)
        self._given, self._check = waiver, check
        self.result_waiver: Waiver | None = None
        is_new = waiver.matched_count is None
        self.setWindowTitle(
            self.tr("Approve a waiver")
            if is_new
            else self.tr("Waiver {0}").format(waiver.waiver_id)
        )
        self.setMinimumWidth(_WIDTH)
        heading, about = QLabel(self.windowTitle()), QLabel(reach)
        heading.setObjectName("page_title")
        about.setObjectName("muted")
        about.setWordWrap(True)
        about.setTextFormat(Qt.TextFormat.PlainText)
        self.category = QComboBox()
        for name in approving.CATEGORIES:
            self.category.addItem(category_word(name), name)
        self.category.setCurrentIndex(max(self.category.findData(waiver.category), 0))
        self.reason = QPlainTextEdit(waiver.reason or "")
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(3 * self.fontMetrics().lineSpacing() + 16)
        self.requester, self.owner = QLineEdit(waiver.requester), QLineEdit(waiver.owner)
        self.approver = QLineEdit(waiver.approver)
        self.approver.setPlaceholderText(self.tr("another person than owner and requester"))
        self.expires = QDateEdit()
        self.expires.setCalendarPopup(True)
        self.expires.setDisplayFormat("yyyy-MM-dd")
        self.control = QLineEdit(waiver.compensating_control)
        self.evidence = QLineEdit(waiver.evidence)
        self._set_expiry(waiver, longest_days)
        self.problem = QLabel()
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.hide()
        form = QFormLayout()
        form.setSpacing(8)
        for label, field in (
            (self.tr("&Category"), self.category),
            (self.tr("&Reason"), self.reason),
            (self.tr("Re&quested by"), self.requester),
            (self.tr("Risk &owner"), self.owner),
            (self.tr("&Approved by"), self.approver),
            (self.tr("&Expires on"), self.expires),
            (self.tr("In its &place"), self.control),
            (self.tr("E&vidence"), self.evidence),
        ):
            form.addRow(label, field)
            field.setAccessibleName(label.replace("&", ""))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(self.tr("Approve") if is_new else self.tr("Change"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(12)
        for widget in (heading, about):
            layout.addWidget(widget)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)

    def waiver(self) -> Waiver:
        """Return the waiver as the form says."""
        return replace(
            self._given,
            category=str(self.category.currentData()),
            reason=self.reason.toPlainText().strip() or None,
            requester=self.requester.text().strip() or None,
            owner=self.owner.text().strip() or None,
            approver=self.approver.text().strip() or None,
            expires_on=date.fromisoformat(self.expires.date().toString(Qt.DateFormat.ISODate)),
            compensating_control=self.control.text().strip() or None,
            evidence=self.evidence.text().strip() or None,
        )

    def accept(self) -> None:
        """Close if the waiver can be approved, else say why not."""
        try:
            self.result_waiver = self._check(self.waiver())
        except FreeholdError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        super().accept()

    def _set_expiry(self, waiver: Waiver, longest_days: int | None) -> None:
        start = waiver.approved_on
        first = QDate(start.year, start.month, start.day) if start else QDate.currentDate()
        if waiver.expires_on is not None:
            day = waiver.expires_on
            self.expires.setDate(QDate(day.year, day.month, day.day))
        else:
            self.expires.setDate(first.addDays(min(longest_days or _DEFAULT_DAYS, _DEFAULT_DAYS)))
        if longest_days is not None:
            self.expires.setMaximumDate(first.addDays(longest_days))
            self.expires.setToolTip(
                self.tr("The pack allows {0} days from approval").format(longest_days)
            )
