"""What the Compliance page records: waivers, the findings register, kept runs, the calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import duckdb
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from freehold.compliance import Waiver, WaiverState, approving, history, packs
from freehold.compliance.deadlines import Deadline, deadlines
from freehold.compliance.history import Comparison, KeptRun, keeping
from freehold.compliance.register import changes_of, read
from freehold.desktop.errors import show_error
from freehold.desktop.pages.compliance_calendar import CalendarView
from freehold.desktop.pages.compliance_findings import FindingsView
from freehold.desktop.pages.compliance_runs import RunsView
from freehold.desktop.pages.compliance_waiver_dialog import WaiverDialog
from freehold.desktop.pages.compliance_waivers import WaiversView
from freehold.desktop.project import Project
from freehold.desktop.work import Worker
from freehold.errors import FreeholdError
from freehold.estate import Workspace
from freehold.scenarios import Run
from freehold.workflows import register, runs
from freehold.workflows.results_register import FindingList

FINDINGS, WAIVERS, RUNS, CALENDAR = "findings", "waivers", "runs", "calendar"
RESULT = "records"
MOST_FINDINGS = 5000


@dataclass(frozen=True)
class Found:
    """What is read beside a run."""

    findings: FindingList
    runs: tuple[KeptRun, ...]
    keeps: int
    deadlines: tuple[Deadline, ...]


class Records(QObject):
    """Fills the four views, and turns what they ask for into typed changes with undo."""

    rule_wanted = Signal(str, str)
    row_wanted = Signal(str, str)

    def __init__(self, project: Project, worker: Worker, page: QWidget) -> None:
        super().__init__(page)
        self._project, self._worker, self._page = project, worker, page
        self._run: Run | None = None
        self._wanted = ("", "")
        self.findings, self.waivers = FindingsView(), WaiversView()
        self.runs, self.calendar = RunsView(), CalendarView()
        self.views: dict[str, QWidget] = {
            FINDINGS: self.findings,
            WAIVERS: self.waivers,
            RUNS: self.runs,
            CALENDAR: self.calendar,
        }
        self.findings.entry_wanted.connect(self._enter)
        self.findings.waive_wanted.connect(self.waive)
        self.waivers.edit_wanted.connect(self._edit)
        self.waivers.revoke_wanted.connect(self._revoke)
        self.runs.keep_wanted.connect(self._keep)
        self.runs.compare_wanted.connect(self._compare)
        self.runs.remove_wanted.connect(self._remove)
        self.calendar.row_wanted.connect(self.row_wanted)
        for view in (self.findings, self.waivers, self.runs):
            view.rule_wanted.connect(self.rule_wanted)

    def names(self) -> dict[str, str]:
        """Return what each view is called."""
        return {
            FINDINGS: self.tr("Findings"),
            WAIVERS: self.tr("Waivers"),
            RUNS: self.tr("Runs"),
            CALENDAR: self.tr("Calendar"),
        }

    def show_run(self, run: Run) -> None:
        """Show a run's waivers, and read what stands beside it."""
        self._run = run
        self.waivers.show_run(run)
        kept = self._project.kept(RESULT)
        if isinstance(kept, Found):
            self._show(kept)
        else:
            self._read(run)

    def choose(self, rule: str, subject: str) -> None:
        """Select a finding in the register, once it is read."""
        self._wanted = (rule, subject)
        if isinstance(self._project.kept(RESULT), Found):
            self.findings.choose(*self._wanted)

    # Waivers

    def waive(self, rule_id: str, subjects: Sequence[str]) -> None:
        """Ask for what a waiver of failing subjects needs, and approve it."""
        run = self._run
        if run is None or not subjects:
            return
        rule = run.judgement.judged.rule(rule_id)
        waiver = Waiver(
            waiver_id=approving.next_id(run.connection), rule_id=rule_id, approved_on=run.as_of
        )
        if len(subjects) == 1:
            waiver = replace(waiver, subject_id=subjects[0])
        else:
            scope = approving.scope_of(rule.subjects.key[0], subjects)
            waiver = replace(waiver, scope=scope)
        reach = self.tr("{0}: {1}\nCovers {2}").format(
            rule_id, rule.rule.title, ", ".join(subjects[:6]) + (" …" if len(subjects) > 6 else "")
        )
        made = self._ask(waiver, reach, run)
        if made is not None:
            self._apply(
                approving.added(made, author=made.requester),
                self.tr("Waive {0}").format(rule_id),
            )

    def _edit(self, state: WaiverState) -> None:
        run, before = self._run, state.waiver
        if run is None:
            return
        reach = self.tr("{0} for {1}. {2}.").format(
            before.rule_id, before.subject_id or before.scope or "", state.sentence
        )
        made = self._ask(before, reach, run)
        if made is not None and made != before:
            self._apply(
                approving.revised(before, made, author=made.requester),
                self.tr("Change waiver {0}").format(before.waiver_id),
            )

    def _ask(self, waiver: Waiver, reach: str, run: Run) -> Waiver | None:
        limits = packs.longest_waivers(run.packs)
        pack = run.judgement.judged.rule(waiver.rule_id).pack if self._is_judged(waiver) else ""

        def check(said: Waiver) -> Waiver:
            # What fails now is what is approved; a grown waiver is approved anew.
            fresh = replace(said, rule_version_from=None, rule_version_to=None)
            return approving.approved(run.connection, run.judgement.judged, fresh, limits)

        dialog = WaiverDialog(waiver, reach, check, self._page, longest_days=limits.get(pack))
        return dialog.result_waiver if dialog.exec() else None

    def _is_judged(self, waiver: Waiver) -> bool:
        run = self._run
        return run is not None and any(r.id == waiver.rule_id for r in run.judgement.rules)

    def _revoke(self, state: WaiverState) -> None:
        name, accepted = QInputDialog.getText(
            self._page,
            self.tr("Revoke waiver {0}").format(state.waiver.waiver_id),
            self.tr("What it covers fails again. Who revokes it?"),
        )
        run = self._run
        if not accepted or run is None:
            return
        try:
            changes = approving.revoked(state.waiver, run.as_of, name)
        except FreeholdError as error:
            show_error(self._page.window(), error)
            return
        self._apply(changes, self.tr("Revoke waiver {0}").format(state.waiver.waiver_id))

    # The register

    def _enter(
        self, keys: Sequence[tuple[str, str]], values: Mapping[str, str | date | None]
    ) -> None:
        held = read(self._project.connection.cursor())
        changes = [
            change
            for rule, subject in keys
            for change in changes_of(held.get((rule, subject)), rule, subject, values)
        ]
        if changes:
            rule, subject = keys[0]
            text = self.tr("Note on {0}, {1}").format(rule, subject)
            if len(keys) > 1:
                text = self.tr("Note on {0} findings").format(len(keys))
            self._wanted = keys[0] if len(keys) == 1 else ("", "")
            self._apply(changes, text)

    def _apply(self, changes: Sequence[object], text: str) -> None:
        try:
            self._project.edit(changes, text)
        except FreeholdError as error:
            show_error(self._page.window(), error)

    # Kept runs

    def _keep(self) -> None:
        run = self._run
        if run is None:
            return
        self._worker.start(
            self.tr("Keeping the run"),
            lambda task: runs.keep(_beside(run, task.cursor(run.connection))),
            lambda _made: self._kept(),
            only_latest="keep",
        )

    def _remove(self, kept: KeptRun) -> None:
        keeping.remove(cast("Workspace", self._project.workspace), kept)
        self._kept()

    def _kept(self) -> None:
        self._project.mark_unsaved()
        if self._run is not None:
            self._read(self._run)

    def _compare(self, before: KeptRun, after: KeptRun) -> None:
        workspace = cast("Workspace", self._project.workspace)
        self._worker.start(
            self.tr("Comparing two runs"),
            lambda _task: history.compare(workspace, before, after, limit=MOST_FINDINGS),
            lambda found: (
                self.runs.show_comparison(found) if isinstance(found, Comparison) else None
            ),
            only_latest="compare",
        )

    # Reading

    def _read(self, run: Run) -> None:
        scenario = self._project.scenario

        def take(found: object) -> None:
            self._project.keep(RESULT, found, scenario)
            if run is self._run and isinstance(found, Found):
                self._show(found)

        self._worker.start(
            self.tr("Reading findings and deadlines"),
            lambda task: read_beside(_beside(run, task.cursor(run.connection))),
            take,
            only_latest=RESULT,
        )

    def _show(self, found: Found) -> None:
        run = self._run
        if run is None:
            return
        self.findings.show_findings(found.findings.findings, found.findings.total)
        self.runs.show_runs(found.runs, found.keeps)
        self.calendar.show_deadlines(found.deadlines, run.as_of, self._project.name)
        wanted, self._wanted = self._wanted, ("", "")
        if wanted[0]:
            self.findings.choose(*wanted)


def read_beside(run: Run) -> Found:
    """Return findings, kept runs and deadlines beside a run; safe in a thread of its own cursor."""
    workspace = run.workspace
    return Found(
        register.listed(run, run.name, register.Filter(), limit=MOST_FINDINGS),
        tuple(history.kept_runs(workspace)),
        keeping.allowed(workspace),
        tuple(
            deadlines(
                workspace.connection,
                run.packs,
                run.as_of,
                views=run.schemas.views,
                estate=run.schemas.estate,
                catalogue=run.schemas.catalogue,
            )
        ),
    )


def _beside(run: Run, cursor: duckdb.DuckDBPyConnection) -> Run:
    return replace(run, workspace=replace(run.workspace, connection=cursor))
