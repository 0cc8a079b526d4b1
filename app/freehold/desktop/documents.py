"""Where documents come from: a narrow protocol, and the one that the program uses."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb

from freehold.errors import DocumentError


class OpenWorkspace(Protocol):
    """What the window needs of an open document."""

    path: Path | None
    read_only: bool

    @property
    def as_of(self) -> date:
        """The document's date."""

    @property
    def packs(self) -> Sequence[str]:
        """The rule packs the document is judged with."""

    @property
    def catalogue_info(self) -> Any:
        """The catalogue it is open under; `snapshot` names it."""

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The document's database in memory."""

    @property
    def notices(self) -> Sequence[Any]:
        """Sentences the user should read about this document."""

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting kept in the document."""

    def set_setting(self, name: str, value: Any) -> None:
        """Keep a setting in the document."""

    def apply(self, changes: Any) -> Any:
        """Apply typed changes and return what `undo` takes back."""

    def undo(self, applied: Any) -> None:
        """Take back changes that were applied last."""

    def publish(self) -> Any:
        """Build the published views anew."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample estate that ships with the program."""

    name: str
    title: str
    description: str = ""


class Documents(Protocol):
    """Opens, makes and saves documents; runs in a worker, so it knows no Qt."""

    def samples(self) -> list[Sample]:
        """Return the sample estates."""

    def new(self) -> OpenWorkspace:
        """Return an empty document dated today."""

    def open(self, path: Path) -> OpenWorkspace:
        """Open a document."""

    def open_sample(self, name: str) -> OpenWorkspace:
        """Return a sample estate as a document without a file."""

    def save(self, workspace: OpenWorkspace, path: Path) -> None:
        """Save a document."""

    def import_files(self, workspace: OpenWorkspace | None, paths: Iterable[Path]) -> OpenWorkspace:
        """Import exports into a document, or into a new one."""

    def replace(self, old: OpenWorkspace | None, new: OpenWorkspace | None) -> None:
        """Give up a document that is no longer shown and hold the one that is."""


class EstateDocuments:
    """Documents of `freehold.estate`, samples and imports of `freehold.workflows`."""

    def samples(self) -> list[Sample]:
        """Return the sample estates."""
        from freehold.workflows import documents

        return [
            Sample(sample.name, sample.title, sample.description)
            for sample in documents.samples().samples
        ]

    def new(self) -> OpenWorkspace:
        """Return an empty document dated today, with every shipped pack enabled."""
        return self._made(None)

    def open(self, path: Path) -> OpenWorkspace:
        """Open a document.

        Raises:
            DocumentError: there is no such file or it cannot be read.
        """
        from freehold.estate import document

        if not path.exists():
            raise DocumentError("There is no such file", where=str(path))
        workspace: OpenWorkspace = document.load(path)
        workspace.publish()
        return workspace

    def open_sample(self, name: str) -> OpenWorkspace:
        """Return a sample estate as a document without a file."""
        return self._made(name)

    def save(self, workspace: OpenWorkspace, path: Path) -> None:
        """Save a document.

        Raises:
            DocumentError: the file cannot be written; the one before is unchanged.
        """
        from freehold.estate import document

        document.save_as(workspace, path)  # type: ignore[arg-type]

    def import_files(self, workspace: OpenWorkspace | None, paths: Iterable[Path]) -> OpenWorkspace:
        """Import exports by way of a scratch document, so that a bad file changes nothing."""
        from freehold.estate import document
        from freehold.workflows import importing

        with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
            scratch = Path(folder) / "import.freehold"
            document.save(workspace or self.new(), scratch)  # type: ignore[arg-type]
            importing.import_sources(scratch, list(paths))
            imported: OpenWorkspace = document.load(scratch, lock=False)
        imported.path = workspace.path if workspace else None
        imported.read_only = workspace.read_only if workspace else False
        imported.publish()
        return imported

    def replace(self, old: OpenWorkspace | None, new: OpenWorkspace | None) -> None:
        """Close the old document, so that its lock is free, and lock the new one's file."""
        from freehold.estate import Workspace, document

        if isinstance(old, Workspace) and old is not new:
            document.close(old)
        if isinstance(new, Workspace) and not new.read_only:
            document.take_lock(new)

    def _made(self, sample: str | None) -> OpenWorkspace:
        from freehold.workflows import documents

        workspace = documents.from_sample(sample) if sample else documents.blank()
        workspace.changed = False
        workspace.publish()
        return workspace
