"""Words for the codes that waivers, register, runs and calendar carry."""

from PySide6.QtCore import QCoreApplication

from freehold.desktop.translation import QT_TRANSLATE_NOOP

CATEGORIES = {
    "accepted": QT_TRANSLATE_NOOP("records", "Risk accepted"),
    "mitigated": QT_TRANSLATE_NOOP("records", "Mitigated otherwise"),
    "false_positive": QT_TRANSLATE_NOOP("records", "False positive"),
    "transition": QT_TRANSLATE_NOOP("records", "In transition"),
}
WAIVER_STATES = {
    "active": QT_TRANSLATE_NOOP("records", "Active"),
    "grown": QT_TRANSLATE_NOOP("records", "Grown"),
    "unmatched": QT_TRANSLATE_NOOP("records", "Covers nothing"),
    "expired": QT_TRANSLATE_NOOP("records", "Expired"),
    "revoked": QT_TRANSLATE_NOOP("records", "Revoked"),
    "void": QT_TRANSLATE_NOOP("records", "Void"),
    "not_yet": QT_TRANSLATE_NOOP("records", "Not yet approved"),
    "not_evaluated": QT_TRANSLATE_NOOP("records", "Rule not judged"),
    "invalid": QT_TRANSLATE_NOOP("records", "Not valid"),
}
STATUSES = {
    "open": QT_TRANSLATE_NOOP("records", "Open"),
    "in_progress": QT_TRANSLATE_NOOP("records", "In progress"),
    "resolved": QT_TRANSLATE_NOOP("records", "Fixed"),
    "accepted": QT_TRANSLATE_NOOP("records", "Accepted"),
    "false_positive": QT_TRANSLATE_NOOP("records", "False positive"),
}
CAUSES = {
    "estate": QT_TRANSLATE_NOOP("records", "Estate changed"),
    "facts": QT_TRANSLATE_NOOP("records", "Facts changed"),
    "rules": QT_TRANSLATE_NOOP("records", "Rules changed"),
    "date": QT_TRANSLATE_NOOP("records", "Date moved"),
}
DEADLINES = {
    "waiver": QT_TRANSLATE_NOOP("records", "Waiver expires"),
    "finding": QT_TRANSLATE_NOOP("records", "Finding is due"),
    "certificate": QT_TRANSLATE_NOOP("records", "Certificate expires"),
    "contract_end": QT_TRANSLATE_NOOP("records", "Contract ends"),
    "contract_notice": QT_TRANSLATE_NOOP("records", "Last day to give notice"),
    "commitment": QT_TRANSLATE_NOOP("records", "Commitment ends"),
    "exit_plan_test": QT_TRANSLATE_NOOP("records", "Exit plan test is due"),
    "law_begins": QT_TRANSLATE_NOOP("records", "Law begins to apply"),
    "law_ends": QT_TRANSLATE_NOOP("records", "Law ceases to apply"),
    "rule_begins": QT_TRANSLATE_NOOP("records", "Rule comes into force"),
    "rule_ends": QT_TRANSLATE_NOOP("records", "Rule ceases"),
}


def word(words: dict[str, str], code: object) -> str:
    """Return the translated word of a code, or the code itself."""
    found = words.get(str(code))
    return QCoreApplication.translate("records", found) if found else str(code or "")


def category_word(code: object) -> str:
    """Return what a category of waivers is called."""
    return word(CATEGORIES, code)


def translated(words: dict[str, str]) -> dict[str, str]:
    """Return all words of a list of codes, translated."""
    return {code: word(words, code) for code in words}
