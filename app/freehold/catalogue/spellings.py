"""How spellings of regions and providers are reduced before they are looked up."""

import re
import unicodedata


def region_spelling(text: str) -> str:
    """Reduce a region's name to lower-case letters and digits: 'UK South' -> 'uksouth'."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return re.sub(r"[^a-z0-9]", "", kept.lower())


def region_spelling_sql(expression: str) -> str:
    """Return the SQL of `region_spelling` over a text expression."""
    return f"regexp_replace(lower(strip_accents({expression})), '[^a-z0-9]', '', 'g')"


def provider_spelling(text: str) -> str:
    """Reduce a provider's name to lower case with single blanks."""
    return " ".join(text.lower().split())


def provider_spelling_sql(expression: str) -> str:
    """Return the SQL of `provider_spelling` over a text expression."""
    return f"trim(regexp_replace(lower({expression}), '\\s+', ' ', 'g'))"
