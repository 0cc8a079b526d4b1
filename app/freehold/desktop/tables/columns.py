"""What a table shows in each column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from freehold.desktop.numbers import NUMERIC, Kind

Row = Mapping[str, object]
Tone = Callable[[object, Row], str | None]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the data, its heading, and how its values are written.

    `kind` "sign" draws a verdict or severity as a shape with its word; `words` replaces codes by
    words; `tone` names the palette colour of a cell; `width` is in pixels (0: from the contents).
    """

    name: str
    title: str
    kind: Kind = "text"
    decimals: int | None = None
    width: int = 0
    words: Mapping[str, str] = field(default_factory=dict)
    tone: Tone | None = None
    help: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the values stand at the right."""
        return self.kind in NUMERIC
