"""The neutral form of a report: sections of paragraphs, tables and figures.

PDF and HTML are both drawn from these blocks, so neither can say what the other does not. All
text is plain: a renderer escapes it, nothing in it is ever markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from freehold.charts.figure import Figure
from freehold.reports.content import Tone

Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell; `sign` stands before the text so that colour never carries meaning alone."""

    text: str
    tone: Tone = "neutral"
    sign: str = ""
    strong: bool = False
    code: bool = False

    @property
    def plain(self) -> str:
        """The sign and the text in one line."""
        return f"{self.sign} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Column:
    """A table column; `width` is its share of the table's width."""

    title: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `empty` is said instead where there are no rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    note: str = ""
    empty: str = ""
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    style: Literal["body", "lead", "note"] = "body"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short statements, each with a tone and its sign."""

    items: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One headline figure."""

    label: str
    value: str
    detail: str
    tone: Tone = "neutral"


@dataclass(frozen=True, slots=True)
class Cards:
    """Headline figures side by side."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A statement that must not be overlooked."""

    text: str
    tone: Tone = "warn"
    sign: str = "!"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, with the sentence that says the same in words."""

    figure: Figure
    height_mm: float
    words: str


Block = Text | Bullets | Facts | Cards | Table | Notice | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; level 1 starts a chapter."""

    key: str
    title: str
    level: Literal[1, 2, 3]
    blocks: tuple[Block, ...] = ()
    number: str = ""
    new_page: bool = False

    @property
    def heading(self) -> str:
        """The title with its number."""
        return f"{self.number} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class CoverPage:
    """The first page."""

    kicker: str
    title: str
    subtitle: str
    facts: tuple[tuple[str, Cell], ...]
    versions: tuple[tuple[str, Cell], ...]
    hashes: tuple[tuple[str, Cell], ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report, ready to be drawn."""

    title: str
    language: str
    header: str
    footer: str
    cover: CoverPage
    contents_title: str
    sections: tuple[Section, ...]
    footnote: str = ""
    page_label: str = ""
    subject: str = field(default="")
