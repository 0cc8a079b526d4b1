"""Legal exposure in four words and colours: whose compelled-access law binds a provider."""

from PySide6.QtCore import QCoreApplication

from freehold.charts.palette import ColourName
from freehold.desktop.translation import QT_TRANSLATE_NOOP

EXPOSURES: dict[str, tuple[str, ColourName]] = {
    "us": (QT_TRANSLATE_NOOP("exposure", "US law binds the provider"), "bad"),
    "other": (QT_TRANSLATE_NOOP("exposure", "Another foreign law binds it"), "warn"),
    "none": (QT_TRANSLATE_NOOP("exposure", "No foreign law known to bind it"), "good"),
    "unknown": (QT_TRANSLATE_NOOP("exposure", "Unknown"), "unknown"),
}
"""Code, its words and its colour, the most exposed first."""


def exposure_word(code: str) -> str:
    """Return the translated words of an exposure."""
    return QCoreApplication.translate("exposure", EXPOSURES[code][0])
