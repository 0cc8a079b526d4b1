"""Which tables the Estate page offers, and what of each is shown first."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication

from freehold.desktop.numbers import Kind
from freehold.desktop.tables import Column
from freehold.desktop.tables.columns import Row, Tone
from freehold.desktop.translation import QT_TRANSLATE_NOOP
from freehold.estate import dictionary

DAGGER = "†"
_CONTEXT = "estate"
_KINDS: dict[str, Kind] = {
    "num": "number",
    "int": "integer",
    "money": "money",
    "price": "number",
    "share": "share",
    "date": "date",
    "time": "time",
    "bool": "flag",
}
_WORDS = {
    "rto": "RTO",
    "rpo": "RPO",
    "eea": "EEA",
    "eu": "EU",
    "usd": "USD",
    "us": "US",
    "cn": "CN",
    "tia": "TIA",
    "pue": "PUE",
    "lei": "LEI",
    "dpf": "DPF",
    "soc": "SOC",
    "sbom": "SBOM",
    "gb": "GB",
    "seal": "SEAL",
    "ai": "AI",
    "gdpr": "GDPR",
    "dora": "DORA",
    "nis2": "NIS2",
    "ens": "ENS",
    "hhi": "HHI",
    "sha256": "SHA-256",
    "slo": "SLO",
    "ttft": "TTFT",
    "kw": "kW",
    "gib": "GiB",
    "iso2": "",
    "id": "",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """One entry of the chooser: a published view, a table of the document, or both.

    `shown` are the columns listed first; none means all.
    """

    name: str
    title: str
    shown: tuple[str, ...] = ()
    is_derived: bool = False

    @property
    def view(self) -> dictionary.Table | None:
        """The published view, if there is one."""
        return dictionary.views().get(self.name)

    @property
    def base(self) -> dictionary.Table | None:
        """The document's own table, if there is one."""
        return None if self.is_derived else dictionary.tables().get(self.name)

    @property
    def listed(self) -> dictionary.Table:
        """What is listed: the view, else the table."""
        found = self.view or self.base
        assert found is not None, self.name
        return found

    def key_of(self, row: Row) -> str:
        """Return the key of a row listed, as other pages know it."""
        return "/".join(str(row.get(name) or "") for name in self.listed.key)

    def base_key(self, row: Row) -> dict[str, object]:
        """Return the key of the document's row behind a row listed."""
        base = self.base
        if base is None:
            return {}
        if self.view is None:
            return {name: row.get(name) for name in base.key}
        return {base.key[0]: row.get(self.listed.key[0])}

    def translated(self) -> str:
        """Return the title in the window's language."""
        return QCoreApplication.translate(_CONTEXT, self.title)


def _own(name: str, title: str, shown: str = "") -> Listing:
    return Listing(name, title, tuple(shown.split()))


def _derived(name: str, title: str, shown: str = "") -> Listing:
    return Listing(name, title, tuple(shown.split()), is_derived=True)


OWN = (
    _own(
        "resources",
        QT_TRANSLATE_NOOP("estate", "Resources"),
        "resource name provider_name service_category region country application function "
        "critical cost_usd exposed environment",
    ),
    _own(
        "placements",
        QT_TRANSLATE_NOOP("estate", "Placements"),
        "placement role provider_name region country resource data_set application "
        "classification key_custody transfer_instrument exposed",
    ),
    _own(
        "data_sets",
        QT_TRANSLATE_NOOP("estate", "Data sets"),
        "data_set name application function classification required_seal eea_subjects volume_gb "
        "owner",
    ),
    _own("data_set_classes", QT_TRANSLATE_NOOP("estate", "Data classes")),
    _own("data_set_subjects", QT_TRANSLATE_NOOP("estate", "Data subjects")),
    _own(
        "applications",
        QT_TRANSLATE_NOOP("estate", "Applications"),
        "application name function critical environment must_run owner",
    ),
    _own(
        "functions",
        QT_TRANSLATE_NOOP("estate", "Functions"),
        "function name critical legal_entity licensed_activity rto_hours rpo_hours site_count "
        "provider_group_count has_failover owner",
    ),
    _own("services", QT_TRANSLATE_NOOP("estate", "Services")),
    _own("service_profiles", QT_TRANSLATE_NOOP("estate", "Service profiles")),
    _own("contracts", QT_TRANSLATE_NOOP("estate", "Contracts")),
    _own("subcontractors", QT_TRANSLATE_NOOP("estate", "Subcontractors")),
    _own("exit_plans", QT_TRANSLATE_NOOP("estate", "Exit plans")),
    _own("certificates", QT_TRANSLATE_NOOP("estate", "Certificates read")),
    _own("workloads", QT_TRANSLATE_NOOP("estate", "Workloads")),
    _own("accelerator_pools", QT_TRANSLATE_NOOP("estate", "Accelerator pools")),
    _own("commitments", QT_TRANSLATE_NOOP("estate", "Commitments")),
    _own("keys", QT_TRANSLATE_NOOP("estate", "Keys")),
    _own("flows", QT_TRANSLATE_NOOP("estate", "Data flows")),
    _own("people_access", QT_TRANSLATE_NOOP("estate", "People with access")),
    _own("legal_entities", QT_TRANSLATE_NOOP("estate", "Legal entities")),
    _own("organisation", QT_TRANSLATE_NOOP("estate", "Organisation")),
    _own("answers", QT_TRANSLATE_NOOP("estate", "Attested answers")),
    _own("waivers", QT_TRANSLATE_NOOP("estate", "Waivers")),
    _own("findings_register", QT_TRANSLATE_NOOP("estate", "Findings register")),
    _own(
        "scanner_findings",
        QT_TRANSLATE_NOOP("estate", "Scanner findings"),
        "finding_id title result severity provider_id region_id resource_id compliance found_at",
    ),
    _own("fx_rates", QT_TRANSLATE_NOOP("estate", "Exchange rates")),
)
"""Tables of the document, the most asked for first."""

DERIVED = (
    _derived(
        "transfers",
        QT_TRANSLATE_NOOP("estate", "Transfers"),
        "transfer data_set placement provider region country transfer_basis is_personal exposed",
    ),
    _derived("obligations", QT_TRANSLATE_NOOP("estate", "Residency obligations")),
    _derived("providers", QT_TRANSLATE_NOOP("estate", "Providers in use")),
    _derived("provider_groups", QT_TRANSLATE_NOOP("estate", "Parent groups")),
    _derived("provider_owners", QT_TRANSLATE_NOOP("estate", "Owners of providers")),
    _derived("provider_control", QT_TRANSLATE_NOOP("estate", "Control of providers")),
    _derived("jurisdictions", QT_TRANSLATE_NOOP("estate", "Jurisdictions")),
    _derived("regions", QT_TRANSLATE_NOOP("estate", "Regions in use")),
    _derived("certifications", QT_TRANSLATE_NOOP("estate", "Certifications")),
    _derived("coverages", QT_TRANSLATE_NOOP("estate", "Certificate coverage")),
    _derived("exposures", QT_TRANSLATE_NOOP("estate", "Exposures to foreign law")),
    _derived("chain", QT_TRANSLATE_NOOP("estate", "Delivery chain")),
    _derived("failover_pairs", QT_TRANSLATE_NOOP("estate", "Failover pairs")),
    _derived("register_fields", QT_TRANSLATE_NOOP("estate", "DORA register fields")),
    _derived("shares", QT_TRANSLATE_NOOP("estate", "Shares")),
    _derived("accelerators", QT_TRANSLATE_NOOP("estate", "Accelerators in use")),
    _derived("models", QT_TRANSLATE_NOOP("estate", "Models in use")),
)
"""Views worked out from the document and the catalogue."""

LISTINGS = {listing.name: listing for listing in (*OWN, *DERIVED)}


def title_of(column: str) -> str:
    """Return a column's name as a heading: `rto_hours` is 'RTO hours'."""
    words = [_WORDS.get(word, word) for word in column.split("_")]
    text = " ".join(word for word in words if word) or column
    return text[0].upper() + text[1:]


def kind_of(column: dictionary.Column) -> Kind:
    """Return how a column's values are written."""
    return _KINDS.get(column.type, "text")


def columns_of(listing: Listing, *, everything: bool) -> list[Column]:
    """Return the columns to list: those shown first, then the others if all are asked for."""
    table = listing.listed
    first = [name for name in listing.shown if name in table.column_names]
    if not first:
        first = [name for name in table.column_names if not name.startswith("is_")]
        first = first[:12] if listing.view is not None else list(table.column_names)
    names = [*first, *(n for n in table.column_names if n not in first)] if everything else first
    columns = [_shown(table.column(name)) for name in names]
    if table.key[0] == columns[0].name and len(columns) > 3:
        # Ids of providers are long; the column can be drawn wider.
        columns[0] = replace(columns[0], width=144)
    return columns


def source_of(listing: Listing, schema: str) -> str:
    """Return the SELECT of all rows; the key stands first, unverified texts carry a dagger."""
    table = listing.listed
    names = sorted(table.column_names, key=lambda name: name not in table.key)
    parts = [_part(table.column(name)) for name in names]
    parts += [f'"{c.name}__verified"' for c in table.columns if c.verified]
    keys = ", ".join(f'"{name}"' for name in table.key)
    return f'SELECT {", ".join(parts)} FROM "{schema}"."{table.name}" ORDER BY {keys}'


def _part(column: dictionary.Column) -> str:
    name = f'"{column.name}"'
    if column.verified and column.type == "text":
        return f"""{name} || CASE WHEN "{column.name}__verified" THEN '' ELSE ' {DAGGER}' END""" + (
            f" AS {name}"
        )
    return name


def _shown(column: dictionary.Column) -> Column:
    doc = column.doc
    if column.verified:
        doc += "\n" + QCoreApplication.translate(
            _CONTEXT, "† or amber: rests on a fact that nobody has verified yet"
        )
    shown = Column(column.name, title_of(column.name), kind_of(column), help=doc)
    if column.name.startswith("cost_usd"):
        title = QCoreApplication.translate(_CONTEXT, "USD a month")
        shown = replace(shown, title=title)
    if column.type in {"int", "num"} and column.name.endswith("_count"):
        shown = replace(shown, kind="integer")
    if column.name == "provider_name":
        shown = replace(shown, width=168)
    return replace(shown, tone=_warns(column.name)) if column.verified else shown


def _warns(name: str) -> Tone:
    def tone(_value: object, row: Row) -> str | None:
        return "warn" if row.get(f"{name}__verified") is False else None

    return tone
