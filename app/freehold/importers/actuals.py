"""Measured use of workloads from a table: CSV with known columns or with a saved mapping."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from freehold.errors import InputError
from freehold.importers.csvfile import sniff_delimiter, unique_names
from freehold.importers.profile import Profile

TABLE = "actuals"
AMOUNTS = ("requests_total", "input_tokens_total", "output_tokens_total", "device_hours")
MEASURED = (*AMOUNTS, "utilisation")
COLUMNS = ("workload_id", "period_start", "hours", *MEASURED)
DAY_HOURS = 24.0


@dataclass(frozen=True)
class Measured:
    """What a source says was measured.

    Attributes:
        rows: workload_id, period_start (naive UTC), hours, MEASURED, and `record`, the number of
            the first source record behind the row.
        rejected: record, reason, raw: what was left out and why.
        read: source records in all.
        notes: sentences about the reading.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame
    read: int
    notes: tuple[str, ...] = ()


def read_table(path: Path, profile: Profile | None = None) -> Measured:
    """Read a CSV whose columns are those of `actuals`, or are mapped to them.

    A record is left out, with its reason, if its fields cannot be told apart, it has no workload
    or start, nothing is measured, or a figure is not one. A blank length means a day.

    Raises:
        InputError: the file cannot be read, or has no columns for workload and start.
    """
    header, records, broken = _records(path)
    table = pd.DataFrame([fields for _, fields in records], columns=header, dtype=object)
    mapped = _mapped(table, profile, path.name)
    mapped.insert(0, "record", [number for number, _ in records])
    raw = [",".join(fields) for _, fields in records]
    rows, rejected = checked(mapped, raw, profile)
    left = pd.DataFrame(broken, columns=["record", "reason", "raw"])
    rejected = pd.concat([left, rejected], ignore_index=True).sort_values("record")
    return Measured(rows, rejected, len(records) + len(broken))


def _records(
    path: Path,
) -> tuple[list[str], list[tuple[int, list[str]]], list[tuple[int, str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("There is no such file", where=str(path)) from error
    except (UnicodeError, ValueError) as error:
        raise InputError(
            "This is not a CSV table in UTF-8", where=path.name, mend="Save it as CSV UTF-8"
        ) from error
    delimiter = sniff_delimiter(text[:65536])
    try:
        lines = [row for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise InputError(f"This is not a CSV table: {error}", where=path.name) from error
    if len(lines) < 2:
        raise InputError("The file holds no records", where=path.name, mend="Export it again")
    header = unique_names([name.strip() for name in lines[0]])
    good, broken = [], []
    for number, fields in enumerate(lines[1:], 1):
        if len(fields) == len(header):
            good.append((number, fields))
        else:
            size = "few" if len(fields) < len(header) else "many"
            broken.append((number, f"record has too {size} fields", delimiter.join(fields)[:2000]))
    return header, good, broken


def _mapped(table: pd.DataFrame, profile: Profile | None, name: str) -> pd.DataFrame:
    """Return the columns of `actuals` as texts; None where the source says nothing."""
    lower = {column.lower(): column for column in table.columns}
    wanted = (
        profile.columns if profile else {column: column for column in COLUMNS if column in lower}
    )
    missing = [source for source in wanted.values() if source.strip().lower() not in lower]
    if missing:
        raise InputError(
            f"The table has no column '{missing[0]}', which the mapping names",
            where=name,
            mend="It has " + ", ".join(table.columns[:20]),
        )
    constants = profile.constants if profile else {}
    told = {*wanted, *constants}
    for column in ("workload_id", "period_start"):
        if column not in told:
            raise InputError(
                f"No column of the table is {column}",
                where=name,
                mend=f"Name columns {', '.join(COLUMNS)}, or give a mapping with --map",
            )
    if not told & set(MEASURED):
        raise InputError(
            "No column of the table is a measured figure",
            where=name,
            mend=f"Figures are {', '.join(MEASURED)}",
        )
    nulls = {"", *(profile.nulls if profile else ("NULL", "-", "n/a", "N/A", "unknown"))}
    made = {}
    for column in COLUMNS:
        values = pd.Series(constants.get(column), index=table.index, dtype=object)
        if column in wanted:
            given = table[lower[wanted[column].strip().lower()]].str.strip()
            values = given.where(~given.isin(nulls), values)
        replaced = profile.values.get(column, {}) if profile else {}
        made[column] = values.replace(dict(replaced))
    return pd.DataFrame(made)


def checked(
    mapped: pd.DataFrame, raw: list[str], profile: Profile | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return typed rows, and those left out with their reason."""
    reason = pd.Series("", index=mapped.index, dtype=object)

    def refuse(wrong: "pd.Series[bool]", says: str) -> None:
        reason[(reason == "") & wrong] = says

    rows = mapped[["record", "workload_id"]].copy()
    refuse(mapped["workload_id"].isna(), "no workload is named")
    start = _moments(mapped["period_start"], profile)
    refuse(mapped["period_start"].isna(), "period_start is empty")
    refuse(start.isna(), "period_start is not a date that is understood")
    rows["period_start"] = start
    decimal = profile.decimal if profile else "."
    for column in ("hours", *MEASURED):
        values = _numbers(mapped[column], decimal)
        given = mapped[column].notna()
        refuse(given & values.isna(), f"{column} is not a number")
        refuse(values < 0, f"{column} is negative")
        rows[column] = values
    refuse(rows["hours"] == 0, "hours is zero")
    refuse(rows["utilisation"] > 1, "utilisation is above 1: give a share, not a percentage")
    refuse(rows[list(MEASURED)].isna().all(axis=1), "nothing is measured in it")
    rows["hours"] = rows["hours"].fillna(DAY_HOURS)
    again = rows.where(reason == "").duplicated(["workload_id", "period_start"]) & (reason == "")
    refuse(again, "a record of the same workload and start came before")
    bad = reason != ""
    left = pd.DataFrame(
        {
            "record": mapped["record"][bad],
            "reason": reason[bad],
            "raw": [raw[place][:2000] for place in np.flatnonzero(bad)],
        }
    )
    return rows[~bad].reset_index(drop=True), left.reset_index(drop=True)


def _moments(texts: "pd.Series[str]", profile: Profile | None) -> "pd.Series[pd.Timestamp]":
    """Return naive UTC moments; NaT where a text is none."""
    found = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True)
    if profile is not None and profile.dates:
        own = pd.to_datetime(texts, errors="coerce", format=profile.dates, utc=True)
        found = own.fillna(found)
    return found.dt.tz_localize(None)


def _numbers(texts: "pd.Series[str]", decimal: str) -> "pd.Series[float]":
    """Return numbers without signs between thousands; NaN where a text is none or not finite."""
    plain = texts.astype("string").str.replace(r"[\s\u00a0\u202f']", "", regex=True)
    if decimal == ",":
        plain = plain.str.replace(".", "").str.replace(",", ".")
    else:
        plain = plain.str.replace(",", "")
    values = pd.to_numeric(plain, errors="coerce").astype("float64")
    return values.where(np.isfinite(values))


def settled(
    measured: Measured, known: Callable[[str], str | None]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows of `actuals` of workloads that the document knows, and all that is left out.

    Args:
        measured: what a source says.
        known: workload id of a name as the source writes it, None if there is none.
    """
    names = {name: known(str(name)) for name in measured.rows["workload_id"].unique()}
    ids = measured.rows["workload_id"].map(names)
    strange = measured.rows[ids.isna()]
    left = pd.DataFrame(
        {
            "record": strange["record"],
            "reason": "the document has no workload '" + strange["workload_id"].astype(str) + "'",
            "raw": "",
        }
    )
    rows = measured.rows.assign(workload_id=ids)[ids.notna()]
    again = rows.duplicated(["workload_id", "period_start"])
    twice = pd.DataFrame(
        {
            "record": rows["record"][again],
            "reason": "a record of the same workload and start came before",
            "raw": "",
        }
    )
    rows = rows[~again].reset_index(drop=True)
    stamp = rows["period_start"].dt.strftime("%Y-%m-%dT%H:%M:%S")
    rows.insert(0, "actual_id", rows["workload_id"] + " " + stamp)
    rejected = pd.concat([measured.rejected, left, twice], ignore_index=True)
    return rows, rejected.sort_values(["record", "reason"]).reset_index(drop=True)
