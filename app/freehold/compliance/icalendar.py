"""Deadlines as an iCalendar file (RFC 5545), which calendars read."""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta

from freehold.compliance.deadlines import Deadline

_MOST_OCTETS = 75
_ALARM_DAYS = 30


def ics(rows: Iterable[Deadline], titles: dict[str, str], name: str, as_of: date) -> bytes:
    """Return an all-day event per deadline, with a reminder 30 days before.

    The same deadlines give the same bytes: stamps carry the as-of date, ids the content.

    Args:
        rows: the deadlines.
        titles: what each kind is called.
        name: name of the calendar.
        as_of: the day it was made for.
    """
    stamp = f"{as_of:%Y%m%d}T000000Z"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Freehold//Deadlines//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    seen: set[str] = set()
    for row in rows:
        title = f"{titles.get(row.kind, row.kind)}: {row.what}"
        uid = hashlib.sha256(f"{row.kind}|{row.table}|{row.key}|{row.on}".encode()).hexdigest()[:32]
        if uid in seen:
            continue
        seen.add(uid)
        about = [part for part in (row.provider, row.owner, row.source) if part]
        if not row.verified:
            about.append("not verified")
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@freehold",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{row.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{row.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(title)}",
            *([f"DESCRIPTION:{_text('; '.join(about))}"] if about else []),
            "TRANSP:TRANSPARENT",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{_text(title)}",
            f"TRIGGER:-P{_ALARM_DAYS}D",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) for line in lines).encode()


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(escaped.split())


def _folded(line: str) -> str:
    """Return a content line cut so that no part has more than 75 octets."""
    parts: list[str] = []
    current = ""
    for sign in line:
        if len((current + sign).encode()) > _MOST_OCTETS - (1 if parts else 0):
            parts.append(current)
            current = ""
        current += sign
    return "\r\n ".join([*parts, current]) + "\r\n"
