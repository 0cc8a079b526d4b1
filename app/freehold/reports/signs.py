"""Signs and words for results, severities and levels: meaning never rests on colour alone."""

from freehold.reports.blocks import Cell
from freehold.reports.content import Tone
from freehold.reports.content_parts import Severity
from freehold.reports.wording import text, text_or

_RESULTS: dict[str, tuple[str, Tone]] = {
    "pass": ("✓", "good"),
    "fail": ("✕", "bad"),
    "waived": ("◇", "warn"),
    "unknown": ("?", "unknown"),
    "not_applicable": ("–", "neutral"),
}
_SEVERITIES: dict[str, tuple[str, Tone]] = {
    "critical": ("■", "bad"),
    "high": ("▲", "bad"),
    "medium": ("◆", "warn"),
    "low": ("●", "unknown"),
}
_TONES: dict[Tone, str] = {"good": "✓", "warn": "!", "bad": "✕", "unknown": "?", "neutral": "·"}
UNVERIFIED = "†"


def result_cell(result: str) -> Cell:
    """Return a verdict as sign and word."""
    sign, tone = _RESULTS.get(result, ("", "neutral"))
    return Cell(text_or(f"result.{result}", result), tone, sign)


def severity_cell(severity: Severity | None) -> Cell:
    """Return a severity as sign and word."""
    if severity is None:
        return Cell(text("none"))
    sign, tone = _SEVERITIES[severity]
    return Cell(text(f"severity.{severity}"), tone, sign, strong=severity == "critical")


def field_label(field: str, description: str | None) -> str:
    """Return a column of a view in words: what it means, and of what."""
    view, _, column = field.partition(".")
    kind = text_or(f"kind.{view}", view.replace("_", " "))
    if column.startswith("is_") and (description or "").startswith("Has this data class"):
        name = column.removeprefix("is_").replace("_", " ")
        return text("field.class", name=name, kind=kind)
    words = (description or column.replace("_", " ")).split(";")[0]
    return text("field.label", words=words, kind=kind)


def tone_sign(tone: Tone) -> str:
    """Return the sign that stands for a tone."""
    return _TONES[tone]


def seal_text(seal: int | None, low: int | None = None, high: int | None = None) -> str:
    """Return a SEAL, or the range it lies in, or that it is undecided."""
    if seal is not None:
        return f"SEAL-{seal}"
    if low is None or high is None:
        return text("undecided")
    return f"SEAL-{low}" if low == high else f"SEAL-{low} to {high}"


def seal_tone(seal: int | None, required: int | None = None) -> Tone:
    """Return the tone of a SEAL against what is asked, or on its own."""
    if seal is None:
        return "unknown"
    if required is not None:
        return "good" if seal >= required else "bad"
    return "bad" if seal <= 1 else "warn" if seal == 2 else "good"


def score_tone(score: float | None) -> Tone:
    """Return the tone of a score 0-100 (house thresholds for colour only)."""
    if score is None:
        return "unknown"
    return "good" if score >= 80 else "warn" if score >= 50 else "bad"


def code(value: str | None) -> Cell:
    """Return an identifier, or that it is not recorded."""
    return Cell(value, code=True) if value else Cell(text("not_recorded"), "unknown", "?")


def said(value: str | None) -> Cell:
    """Return a text, or that it is not recorded."""
    return Cell(value) if value else Cell(text("not_recorded"), "unknown", "?")
