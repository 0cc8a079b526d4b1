"""The errors a user may meet: one clear sentence saying what, where and how to mend it."""


class FreeholdError(Exception):
    """Something a user can mend; `str(error)` is the whole sentence shown.

    Args:
        what: what is wrong, without a full stop.
        where: the file, row, rule or field concerned, if there is one.
        mend: what to do about it, without a full stop.
    """

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(what, where, mend)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.mend}." if self.mend else ""
        return f"{self.what}{place}.{advice}"


class InputError(FreeholdError):
    """A file or value given to Freehold cannot be used; nothing was changed."""


class DocumentError(FreeholdError):
    """A .freehold document cannot be read or written as asked."""


class RuleError(FreeholdError):
    """A rule or a rule pack does not follow the rule format."""


class CatalogueError(FreeholdError):
    """The catalogue's data is missing or inconsistent."""
