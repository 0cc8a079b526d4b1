"""Views of the window that a document keeps, by the list they belong to and in its order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from freehold.estate.sql import qualified

if TYPE_CHECKING:
    from freehold.estate.workspace import Workspace

_TABLE = qualified("estate", "saved_views")


@dataclass(frozen=True, slots=True)
class SavedView:
    """What a view is called, the page it is on, and what the page shows."""

    name: str
    page: str
    state: dict[str, str]


def saved_views(workspace: "Workspace", kind: str) -> list[SavedView]:
    """Return the views of a list, in order; a state that cannot be read is taken as empty."""
    rows = workspace.connection.execute(
        f"SELECT coalesce(name, ''), coalesce(page, ''), state FROM {_TABLE}"
        " WHERE starts_with(view_id, ?) ORDER BY view_id",
        [f"{kind}-"],
    ).fetchall()
    return [SavedView(str(name), str(page), _state(state)) for name, page, state in rows]


def keep_views(workspace: "Workspace", kind: str, views: Sequence[SavedView]) -> None:
    """Keep these views in place of all of the list."""
    connection = workspace.connection
    connection.execute(f"DELETE FROM {_TABLE} WHERE starts_with(view_id, ?)", [f"{kind}-"])
    for number, view in enumerate(views, start=1):
        state = json.dumps(view.state, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        connection.execute(
            f"INSERT INTO {_TABLE} (view_id, page, name, state) VALUES (?, ?, ?, ?)",
            [f"{kind}-{number:04d}", view.page, view.name, state],
        )
    workspace.changed = True


def _state(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
