"""Make, open and save documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from freehold.compliance import packs
from freehold.errors import DocumentError
from freehold.estate import Workspace, document
from freehold.estate import samples as sample_estates
from freehold.workflows.results import NewDocument, SampleInfo, SampleList

SUFFIX = ".freehold"


def samples() -> SampleList:
    """List the sample estates."""
    return SampleList(samples=_samples())


def create(path: Path, *, sample: str | None = None, today: date | None = None) -> NewDocument:
    """Make a document at `path`, empty or from a sample, with every pack but proposals enabled.

    Raises:
        DocumentError: the file exists, its folder does not, or it cannot be written.
        InputError: there is no sample of that name.
    """
    if path.exists():
        raise DocumentError(
            "The file exists already", where=str(path), mend="Choose another name or open it"
        )
    if not path.absolute().parent.is_dir():
        raise DocumentError(
            "There is no such folder", where=str(path.absolute().parent), mend="Make it first"
        )
    workspace = from_sample(sample, today) if sample else blank(today)
    with workspace.connection:
        document.save(workspace, path)
        return NewDocument(
            samples=_samples(),
            path=str(path),
            sample=sample,
            as_of=workspace.as_of,
            packs=workspace.packs,
            resources=workspace.row_count("resources"),
        )


def blank(today: date | None = None) -> Workspace:
    """Return an empty document dated today, with every shipped pack enabled but proposals."""
    workspace = Workspace.new(today or date.today())
    workspace.set_setting("packs", _packs())
    return workspace


def from_sample(name: str, today: date | None = None) -> Workspace:
    """Return a sample estate dated today, with every shipped pack enabled but proposals.

    Raises:
        InputError: there is no sample of that name.
    """
    workspace = sample_estates.load(name)
    workspace.set_setting("as_of", (today or date.today()).isoformat())
    workspace.set_setting("packs", _packs())
    return workspace


def _packs() -> list[str]:
    return [pack.id for pack in packs.shipped() if not pack.head.proposal]


@contextmanager
def reading(path: Path) -> Iterator[Workspace]:
    """Open a document to look at it; the file is not locked."""
    workspace = document.load(path, lock=False)
    try:
        yield workspace
    finally:
        document.close(workspace)


@contextmanager
def editing(path: Path) -> Iterator[Workspace]:
    """Open a document to change it; it is saved at the end unless something was raised.

    Raises:
        DocumentError: it is open elsewhere, of a newer format, or cannot be written.
    """
    workspace = document.load(path)
    try:
        if workspace.read_only:
            reason = workspace.notices[0] if workspace.notices else "It is read-only"
            raise DocumentError(f"The document cannot be changed: {reason}", where=str(path))
        yield workspace
        document.save(workspace, path)
    finally:
        document.close(workspace)


def _samples() -> list[SampleInfo]:
    return [
        SampleInfo(name=s.name, title=s.title, description=s.description)
        for s in sample_estates.available()
    ]
