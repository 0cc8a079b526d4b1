"""The Compliance page: rules, their subjects, and why each verdict is as it is."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from freehold import compliance
from freehold.compliance import Explanation
from freehold.desktop.pages.compliance_answers import AnswersDialog
from freehold.desktop.pages.compliance_beside import Beside, read_beside, rules_reading
from freehold.desktop.pages.compliance_csf import ESTATE, CsfView, objective_titles
from freehold.desktop.pages.compliance_explanation import ExplanationPanel
from freehold.desktop.pages.compliance_lifting import LiftingDialog
from freehold.desktop.pages.compliance_places import place_of
from freehold.desktop.pages.compliance_records import Records
from freehold.desktop.pages.compliance_rule import RulePanel
from freehold.desktop.pages.compliance_rules import OPEN, RulesView
from freehold.desktop.pages.compliance_subject import SubjectDialog
from freehold.desktop.pages.compliance_trying import TryingDialog
from freehold.desktop.pages.compliance_unconfirmed import UnconfirmedView
from freehold.desktop.pages.overview_panels import CHOSEN
from freehold.desktop.pages.run_page import RunPage
from freehold.desktop.palette import Entry
from freehold.scenarios import Run

RULES, CSF, UNCONFIRMED = "rules", "csf", "unconfirmed"
ANSWERS, LIFTING = "answers", "lifting"
SUBJECT, TRY = "subject", "try"
RESULT = "compliance"


class CompliancePage(RunPage):
    """Faces: rules, EU framework, unconfirmed facts, findings, waivers, kept runs, calendar."""

    place = "compliance"
    help_topic = "compliance"

    def title(self) -> str:
        """Return the page's title."""
        return self.tr("Compliance")

    # Building

    def build(self) -> None:
        """Lay out the faces and the line that chooses between them."""
        self._pending = ""
        self._seen: Run | None = None
        self._lifting: LiftingDialog | None = None
        self.rules = RulesView()
        self.rule = RulePanel(self.worker)
        self.why = ExplanationPanel()
        self.csf = CsfView()
        self.unconfirmed = UnconfirmedView()
        self.records = Records(self.project, self.worker, self)
        self._faces = QStackedWidget()
        self._buttons: dict[str, QPushButton] = {}
        self.body.addLayout(self._bar())
        below = QSplitter(Qt.Orientation.Horizontal)
        below.addWidget(self.rule)
        below.addWidget(self.why)
        below.setSizes([620, 510])
        rules = QSplitter(Qt.Orientation.Vertical)
        rules.addWidget(self.rules)
        rules.addWidget(below)
        rules.setSizes([232, 360])
        for split in (below, rules):
            split.setChildrenCollapsible(False)
            split.setHandleWidth(12)
        first = QWidget()
        column = QVBoxLayout(first)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.rules.filters)
        column.addWidget(rules, 1)
        for face in (first, self.csf, self.unconfirmed, *self.records.views.values()):
            self._faces.addWidget(face)
        self.body.addWidget(self._faces, 1)
        self._wire()

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        group = QButtonGroup(self)
        for number, (name, text) in enumerate(
            (
                (RULES, self.tr("Rules")),
                (CSF, self.tr("EU framework")),
                (UNCONFIRMED, self.tr("Unconfirmed")),
                *self.records.names().items(),
            )
        ):
            button = QPushButton(text)
            button.setObjectName("quiet")
            button.setCheckable(True)
            button.setChecked(number == 0)
            button.setStyleSheet(CHOSEN)
            button.clicked.connect(lambda _checked=False, n=name: self.show_face(n))
            group.addButton(button)
            bar.addWidget(button)
            self._buttons[name] = button
        bar.addStretch(1)
        return bar

    def _wire(self) -> None:
        self.rules.rule_chosen.connect(self._choose_rule)
        self.rules.rule_opened.connect(lambda _rule: self.rule.focus_subjects())
        self.rule.subject_chosen.connect(self._explain)
        self.rule.subject_opened.connect(self._go_to_row)
        self.why.row_wanted.connect(self._go_to_row)
        self.why.rules_wanted.connect(self.show_subject)
        self.rule.try_wanted.connect(self.show_trying)
        self.csf.rule_wanted.connect(self._open_rule)
        self.csf.answers_wanted.connect(self.show_answers)
        self.csf.lifting_wanted.connect(self.show_lifting)
        self.unconfirmed.verdict_opened.connect(self._open_rule)
        self.rule.waive_wanted.connect(self.records.waive)
        self.records.rule_wanted.connect(self._open_rule)
        self.records.row_wanted.connect(self._go_from_record)

    # Showing

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Show a run that another page has made in the meantime."""
        super().showEvent(event)
        if self.run is not None and self.is_empty:
            QTimer.singleShot(0, self, lambda: self.refresh(self.project))

    def show_run(self, run: Run) -> None:
        """Show the run on all faces."""
        counts = run.judgement.verdicts
        self.set_subtitle(
            self.tr("{0} rules of {1} packs as of {2}: {3} fail, {4} unknown").format(
                len(run.judgement.rules),
                len(run.packs),
                run.as_of.isoformat(),
                counts["fail"],
                counts["unknown"],
            )
        )
        if run is not self._seen:
            self._seen = run
            self.why.show_nothing()
            self.rule.forget()
        self.rules.show_run(run)
        self._read_beside(run)
        self.records.show_run(run)
        pending, self._pending = self._pending, ""
        if pending:
            self.show_key(pending)

    def show_face(self, name: str) -> None:
        """Show one of the faces."""
        self._faces.setCurrentIndex(list(self._buttons).index(name))
        self._buttons[name].setChecked(True)

    def view_key(self) -> str:
        """Return the face shown."""
        return next((n for n, button in self._buttons.items() if button.isChecked()), RULES)

    def view_title(self) -> str:
        """Return the page and its face."""
        return f"{self.title()}: {self._buttons[self.view_key()].text()}"

    def show_key(self, key: str) -> None:
        """Show what another page asks for.

        The key is a face (rules, csf, unconfirmed ...), a rule, RULE/SUBJECT, csf:SERVICE, answers
        or answers:SERVICE (the sheet), lifting (what would lift level and score),
        findings:RULE/SUBJECT, subject:ID (all rules on it), try:RULE (its values), or a filter:
        pack:ID, framework:ID, severity:A,B, result:VERDICT or missing:VIEW.COLUMN.
        """
        run = self.run
        if run is None or self.is_empty:
            self._pending = key
            return
        kind, _, rest = key.partition(":")
        if key == RULES:
            self.show_face(RULES)
            return
        if kind == CSF:
            self.show_face(CSF)
            self.csf.choose(rest or ESTATE)
            return
        if kind in {ANSWERS, LIFTING}:
            self.show_face(CSF)
            if self.isVisible():  # the run may have come after the user went elsewhere
                self.show_answers(rest) if kind == ANSWERS else self.show_lifting()
            return
        if kind == UNCONFIRMED:
            self.show_face(UNCONFIRMED)
            return
        if kind in self.records.views:
            self.show_face(kind)
            rule, _, subject = rest.partition("/")
            if rule:
                self.records.choose(rule, subject)
            return
        self.show_face(RULES)
        if kind in {SUBJECT, TRY} and rest:
            if self.isVisible():
                self.show_subject(rest) if kind == SUBJECT else self.show_trying(rest)
        elif not rest:
            rule, _, subject = key.partition("/")
            self._open_rule(rule, subject)
        elif kind == "missing":
            self.rules.narrow(verdict="unknown", only=rules_reading(run, rest))
        elif kind == "result":
            self.rules.narrow(verdict=rest)
        elif kind == "severity":
            self.rules.narrow(severity=rest, verdict=OPEN)
        elif kind == "pack":
            self.rules.narrow(pack=rest)
        elif kind == "framework":
            self.rules.narrow(framework=rest)

    def commands(self) -> list[Entry]:
        """Offer the faces and the rules to the palette."""
        found = [
            Entry(self.tr("Show EU sovereignty framework"), lambda: self.show_face(CSF)),
            Entry(self.tr("Show unconfirmed facts"), lambda: self.show_face(UNCONFIRMED)),
            *(
                Entry(
                    self.tr("Show {0}").format(text.lower()),
                    lambda name=name: self.show_face(name),  # type: ignore[misc]
                )
                for name, text in self.records.names().items()
            ),
            Entry(self.tr("Keep this run"), self.records.runs.keep.click),
            Entry(
                self.tr("Try another weight or threshold"),
                lambda: self.show_trying(self.rule.rule_id),
            ),
            Entry(
                self.tr("Show open rules only"),
                lambda: self.rules.narrow(verdict=OPEN),
            ),
        ]
        if self.run is not None:
            found += [
                Entry(
                    self.tr("Rule {0}: {1}").format(rule.id, rule.title),
                    lambda name=rule.id: self.show_key(name),  # type: ignore[misc]
                )
                for rule in self.run.judgement.rules
            ]
        return found

    # What caps it

    def show_answers(self, service: str = "", criterion: str = "") -> AnswersDialog | None:
        """Open the answers sheet of a service; the service chosen, else the lowest, if ""."""
        run = self.run
        if run is None:
            return None
        by_level = sorted(
            run.level.services,
            key=lambda one: (one.result.seal_high, one.result.seal_low, one.name or one.service),
        )
        chosen = service or self.csf.service or (by_level[0].service if by_level else "")
        cursor = self.project.connection.cursor()
        dialog = AnswersDialog(
            run,
            cursor,
            objective_titles(cursor, run.schemas.catalogue),
            chosen,
            editable=not self.project.read_only,
            parent=self,
        )
        if criterion:
            dialog.choose(criterion)
        dialog.estate_wanted.connect(lambda: self.go_to.emit("estate", "services"))
        dialog.accepted.connect(lambda: self._apply_answers(dialog))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def show_lifting(self) -> LiftingDialog | None:
        """Open what would lift level and score, and look for it where it is not at hand."""
        run = self.run
        if run is None:
            return None
        if self._lifting is None:
            self._lifting = LiftingDialog(self.project, self.worker, self)
            self._lifting.rule_wanted.connect(self._open_rule)
            self._lifting.answers_wanted.connect(self.show_answers)
            self._lifting.row_wanted.connect(lambda key: self.go_to.emit("estate", key))
        self._lifting.show_run(run)
        self._lifting.open()
        return self._lifting

    # Asking further

    def show_subject(self, subject: str) -> SubjectDialog | None:
        """Open the list of what every rule says of a subject."""
        run = self.run
        if run is None:
            return None
        dialog = SubjectDialog(self.worker, self)
        dialog.rule_wanted.connect(self._open_rule)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_subject(run, subject)
        dialog.open()
        return dialog

    def show_trying(self, rule_id: str) -> TryingDialog | None:
        """Open the fields with which a rule's weight and thresholds are tried."""
        run = self.run
        if run is None or not rule_id:
            return None
        self._open_rule(rule_id)
        dialog = TryingDialog(self.worker, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_rule(run, rule_id)
        dialog.open()
        return dialog

    def _apply_answers(self, dialog: AnswersDialog) -> None:
        try:
            changes = dialog.changes()
            if changes:
                self.project.edit(changes, self.tr("Answers sheet"))
        except Exception as error:
            self.worker.failed.emit(error)

    # Choosing

    def _open_rule(self, rule_id: str, subject: str = "") -> None:
        run = self.run
        if run is None:
            return
        self.show_face(RULES)
        known = {rule.id for rule in run.judgement.rules}
        if rule_id in known and self.rules.choose(rule_id):
            self.rule.show_rule(run, rule_id, subject or None)

    def _choose_rule(self, rule_id: str) -> None:
        run = self.run
        if run is not None and rule_id != self.rule.rule_id:
            self.rule.show_rule(run, rule_id)

    def _go_to_row(self, rule_id: str, subject: str) -> None:
        run = self.run
        if run is not None:
            rule = run.judgement.judged.rule(rule_id)
            cursor = self.project.connection.cursor()
            self.go_to.emit(*place_of(cursor, run.schemas.views, rule, subject))

    def _go_from_record(self, place: str, key: str) -> None:
        if place == self.place:
            self.show_key(key)
        else:
            self.go_to.emit(place, key)

    def _explain(self, rule_id: str, subject: str) -> None:
        run = self.run
        if run is None or not subject:
            self.why.show_nothing()
            return
        connection = self.project.connection
        self.worker.start(
            self.tr("Explaining {0}").format(subject),
            lambda task: compliance.explain(
                task.cursor(connection),
                run.judgement,
                rule_id,
                subject,
                catalogue=run.schemas.catalogue,
                estate=run.schemas.estate,
            ),
            lambda found: self._show_explanation(run, found),
            failed=lambda error: self.why.show_nothing(str(error)),
            only_latest="explanation",
        )

    def _show_explanation(self, run: Run, found: object) -> None:
        if run is self.run and isinstance(found, Explanation):
            self.why.show_explanation(found)

    def _read_beside(self, run: Run) -> None:
        kept = self.project.kept(RESULT)
        if isinstance(kept, Beside):
            self._show_beside(run, kept)
            return
        connection, scenario = self.project.connection, self.project.scenario

        def take(found: object) -> None:
            self.project.keep(RESULT, found, scenario)
            if run is self.run and isinstance(found, Beside):
                self._show_beside(run, found)

        self.worker.start(
            self.tr("Looking for unconfirmed facts"),
            lambda task: read_beside(run, task.cursor(connection)),
            take,
            only_latest=RESULT,
        )

    def _show_beside(self, run: Run, found: Beside) -> None:
        self.csf.show_run(run, found.framework, found.objectives)
        self.unconfirmed.show_rows(found.unconfirmed)
