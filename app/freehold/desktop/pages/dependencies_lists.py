"""Single points of failure, foreign law, and the delivery chain of a service."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from freehold.desktop.numbers import show
from freehold.desktop.pages.dependencies_data import Dependencies, Row
from freehold.desktop.pages.overview_panels import ListPanel
from freehold.desktop.tables import Column

DAGGER = " †"


class SinglePoints(QWidget):
    """Critical functions that one site, one group or a missing failover can stop."""

    row_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ListPanel(
            self.tr("Critical functions that one failure can stop"),
            (
                Column("result", self.tr("Resilient"), "sign", width=104),
                Column("function", self.tr("Function"), width=112),
                Column("name", self.tr("Name"), width=224),
                Column("why", self.tr("Why")),
                Column("site_count", self.tr("Sites"), "integer", width=64),
                Column("provider_group_count", self.tr("Groups"), "integer", width=72),
                Column("failovers", self.tr("Failovers"), "integer", width=88),
                Column("rto_hours", self.tr("RTO, h"), "number", 1, width=72),
            ),
            wide=3,
            empty=self.tr("No function is marked as critical. Mark them on the Estate page."),
        )
        self.list.row_opened.connect(
            lambda row: self.row_opened.emit(f"functions:{row['function']}")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)

    def show_data(self, data: Dependencies) -> None:
        """List the functions, the frail ones first."""
        self.list.show_rows([row | {"why": self._why(row)} for row in data.functions])
        frail = sum(row["result"] == "fail" for row in data.functions)
        unsure = sum(row["result"] == "unknown" for row in data.functions)
        self.list.set_note(
            self.tr(
                "{0} of {1} hang on a single point, {2} cannot be decided. "
                "Open a row to see it on the Estate page. † rests on unverified facts."
            ).format(frail, len(data.functions), unsure)
        )

    def _why(self, row: Row) -> str:
        words = {
            "one_site": (self.tr("one site only"), self.tr("number of sites unknown")),
            "no_failover": (self.tr("no failover"), self.tr("failover unknown")),
            "same_group": (
                self.tr("failover with the same parent group"),
                self.tr("parent group of the failover unknown"),
            ),
            "same_region": (
                self.tr("failover in the same region"),
                self.tr("region of the failover unknown"),
            ),
        }
        said = [true for name, (true, _) in words.items() if row[name]]
        said += [unknown for name, (_, unknown) in words.items() if row[name] is None]
        if row["critical"] is None:
            said.append(self.tr("nobody has said whether it is critical"))
        mark = "" if row["is_verified"] else DAGGER
        return "; ".join(said) + mark if said else self.tr("survives the loss of one site or group")


class ForeignLaw(QWidget):
    """Providers under foreign laws that compel access, and what such a law reaches."""

    provider_opened = Signal(str, str)
    law_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = ListPanel(
            self.tr("Foreign laws that can compel access"),
            (
                Column("state", self.tr("In force"), tone=_tone, width=88),
                Column("provider_label", self.tr("Provider"), width=152),
                Column("law_label", self.tr("Law")),
                Column(
                    "critical_functions",
                    self.tr("Functions"),
                    "integer",
                    width=96,
                    help=self.tr("Critical functions that the provider supports"),
                ),
                Column("data_sets", self.tr("Data sets"), "integer", width=88),
                Column("resources", self.tr("Resources"), "integer", width=96),
                Column("cost_usd", self.tr("USD a month"), "money", width=120),
            ),
            wide=2,
            empty=self.tr("The estate uses no provider yet."),
        )
        self.list.row_opened.connect(
            lambda row: self.provider_opened.emit(str(row["provider"]), str(row["provider_label"]))
        )
        self.list.table.row_selected.connect(self._explain)
        self.law = QLabel()
        self.law.setObjectName("muted")
        self.law.setWordWrap(True)
        self.law.setMinimumHeight(56)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.law)

    def show_data(self, data: Dependencies) -> None:
        """List provider and law, those in force first."""
        self.list.show_rows([row | self._words(row) for row in data.exposures])
        self.list.set_note(self.tr("Open a row to see what the provider holds."))
        self.law.setText(self.tr("Choose a row to read what the law does and where that is from."))

    def _words(self, row: Row) -> Row:
        states = {True: self.tr("yes"), False: self.tr("none known"), None: self.tr("unknown")}
        in_force = row["in_force"]
        law = str(row["law_name"] or row["law"] or show(None, "text"))
        doubtful = row["law"] is not None and not row["law_verified"]
        return {
            "state": states[bool(in_force) if in_force is not None else None],
            "provider_label": row["provider_name"] or row["provider"],
            "law_label": law + (DAGGER if doubtful else ""),
        }

    def _explain(self, row: Row) -> None:
        if not row.get("law"):
            self.law.setText(
                self.tr("No foreign law of this kind is known to bind {0}.").format(
                    row["provider_label"]
                )
                if row["in_force"] is not None
                else self.tr("Nobody has found out which foreign laws bind {0}.").format(
                    row["provider_label"]
                )
            )
            return
        checked = self.tr("verified") if row["law_verified"] else self.tr("† not verified yet")
        self.law.setText(
            self.tr("{0}\nSource: {1}, as of {2}, {3}").format(
                row["effect"] or "", row["source"] or "", row["as_of"] or "", checked
            )
        )


class DeliveryChain(QWidget):
    """Who stands behind a service, rank by rank."""

    service_opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: Dependencies | None = None
        self.service = QComboBox()
        self.service.setObjectName("top_field")
        self.service.setAccessibleName(self.tr("Service"))
        self.service.activated.connect(lambda _index: self._fill())
        label = QLabel(self.tr("Service"))
        label.setObjectName("muted")
        label.setBuddy(self.service)
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.list = ListPanel(
            self.tr("Parties of the delivery chain"),
            (
                Column("rank", self.tr("Rank"), "integer", width=64),
                Column("party", self.tr("Party")),
                Column("party_country", self.tr("Seat"), width=72),
                Column("parent_country", self.tr("Seat of the parent"), width=168),
                Column("exposed", self.tr("Under foreign law"), "flag", width=168),
                Column("technical_access", self.tr("Technical access"), "flag", width=152),
            ),
            wide=1,
            empty=self.tr("No chain is known. Record services and subcontractors on Estate."),
        )
        self.list.row_opened.connect(lambda _row: self._open())
        choice = QHBoxLayout()
        choice.setSpacing(8)
        choice.addWidget(label)
        choice.addWidget(self.service)
        choice.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(choice)
        layout.addWidget(self.facts)
        layout.addWidget(self.list, 1)

    def show_data(self, data: Dependencies) -> None:
        """Offer the services of a run and show the chain of the one chosen."""
        self._data = data
        before = self.service.currentData()
        self.service.clear()
        for key, name in data.services:
            self.service.addItem(f"{name} ({key})", key)
        self.service.setCurrentIndex(max(self.service.findData(before), 0))
        self._fill()

    def choose(self, service: str) -> None:
        """Show the chain of a service."""
        if self.service.findData(service) >= 0:
            self.service.setCurrentIndex(self.service.findData(service))
            self._fill()

    def _fill(self) -> None:
        rows = self._data.chain if self._data is not None else ()
        chosen = [row for row in rows if row["service"] == self.service.currentData()]
        self.list.show_rows(chosen)
        self.list.set_note(
            self.tr("Rank 1 sells the service; higher ranks work for it. – is unknown.")
        )
        if not chosen:
            self.facts.setText("")
            return
        first = chosen[0]
        told = {True: self.tr("yes"), False: self.tr("no"), None: self.tr("unknown")}
        parts = [
            (self.tr("all placements"), first["all_placements_eea"]),
            (self.tr("control plane"), first["control_plane_is_eea"]),
            (self.tr("support"), first["support_is_eea"]),
            (self.tr("security operations"), first["soc_is_eea"]),
            (self.tr("logs"), first["log_is_eea"]),
        ]
        said = [f"{name} {told[None if v is None else bool(v)]}" for name, v in parts]
        self.facts.setText(self.tr("In the EEA: {0}").format(", ".join(said)))

    def _open(self) -> None:
        self.service_opened.emit(f"services:{self.service.currentData()}")


def _tone(_value: object, row: object) -> str | None:
    in_force = row.get("in_force") if isinstance(row, dict) else None
    return "unknown" if in_force is None else "bad" if in_force else "good"
