"""What the organisation has: the document, its tables, typed changes and the published views."""

from freehold.estate.publishing import publish
from freehold.estate.workspace import Workspace

__all__ = ["Workspace", "publish"]
