"""The one table of actions: menus, shortcuts and the command palette are made from it."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from freehold.desktop.translation import QT_TRANSLATE_NOOP

Condition = Literal["always", "document", "saveable", "undo", "redo", "page"]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing the user can do.

    `handler` is the name of a method of `Commands`, called with `argument` if there is one;
    `group` puts a line between groups of a menu; `words` help the palette find it.
    """

    id: str
    text: str
    menu: str
    handler: str
    shortcut: str = ""
    argument: str = ""
    condition: Condition = "always"
    group: int = 0
    words: str = ""
    checkable: bool = False

    def title(self) -> str:
        """Return the translated text with its mnemonic."""
        return QCoreApplication.translate("actions", self.text)

    def name(self) -> str:
        """Return the translated text without mnemonic and dots."""
        return self.title().replace("&", "").rstrip("…")


MENUS: tuple[tuple[str, str], ...] = (
    ("file", QT_TRANSLATE_NOOP("actions", "&File")),
    ("edit", QT_TRANSLATE_NOOP("actions", "&Edit")),
    ("view", QT_TRANSLATE_NOOP("actions", "&View")),
    ("go", QT_TRANSLATE_NOOP("actions", "&Go")),
    ("help", QT_TRANSLATE_NOOP("actions", "&Help")),
)

PLACE_NAMES: dict[str, str] = {
    "overview": QT_TRANSLATE_NOOP("actions", "Overview"),
    "estate": QT_TRANSLATE_NOOP("actions", "Estate"),
    "compliance": QT_TRANSLATE_NOOP("actions", "Compliance"),
    "dependencies": QT_TRANSLATE_NOOP("actions", "Dependencies"),
    "capacity": QT_TRANSLATE_NOOP("actions", "Capacity"),
    "scenarios": QT_TRANSLATE_NOOP("actions", "Scenarios"),
    "reports": QT_TRANSLATE_NOOP("actions", "Reports"),
    "catalogue": QT_TRANSLATE_NOOP("actions", "Catalogue"),
}
"""The eight places of the rail, in order."""

_PLACE_TEXTS: dict[str, str] = {
    "overview": QT_TRANSLATE_NOOP("actions", "&Overview"),
    "estate": QT_TRANSLATE_NOOP("actions", "&Estate"),
    "compliance": QT_TRANSLATE_NOOP("actions", "&Compliance"),
    "dependencies": QT_TRANSLATE_NOOP("actions", "&Dependencies"),
    "capacity": QT_TRANSLATE_NOOP("actions", "C&apacity"),
    "scenarios": QT_TRANSLATE_NOOP("actions", "&Scenarios"),
    "reports": QT_TRANSLATE_NOOP("actions", "&Reports"),
    "catalogue": QT_TRANSLATE_NOOP("actions", "Ca&talogue"),
}

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "new", QT_TRANSLATE_NOOP("actions", "&New document"), "file", "new_document", "Ctrl+N"
    ),
    ActionSpec("open", QT_TRANSLATE_NOOP("actions", "&Open…"), "file", "open_document", "Ctrl+O"),
    ActionSpec(
        "sample",
        QT_TRANSLATE_NOOP("actions", "Open sa&mple estate…"),
        "file",
        "open_sample",
        words="demo example",
    ),
    ActionSpec(
        "save",
        QT_TRANSLATE_NOOP("actions", "&Save"),
        "file",
        "save",
        "Ctrl+S",
        condition="saveable",
        group=1,
    ),
    ActionSpec(
        "save_as",
        QT_TRANSLATE_NOOP("actions", "Save &as…"),
        "file",
        "save_as",
        "Ctrl+Shift+S",
        condition="document",
        group=1,
    ),
    ActionSpec(
        "import",
        QT_TRANSLATE_NOOP("actions", "&Import files…"),
        "file",
        "import_files",
        "Ctrl+I",
        group=2,
        words="focus terraform csv xlsx bill",
    ),
    ActionSpec(
        "close",
        QT_TRANSLATE_NOOP("actions", "&Close document"),
        "file",
        "close_document",
        "Ctrl+W",
        condition="document",
        group=3,
    ),
    ActionSpec(
        "quit",
        QT_TRANSLATE_NOOP("actions", "&Quit"),
        "file",
        "quit",
        "Ctrl+Q",
        group=3,
        words="exit",
    ),
    ActionSpec(
        "undo", QT_TRANSLATE_NOOP("actions", "&Undo"), "edit", "undo", "Ctrl+Z", condition="undo"
    ),
    ActionSpec(
        "redo",
        QT_TRANSLATE_NOOP("actions", "&Redo"),
        "edit",
        "redo",
        "Ctrl+Shift+Z",
        condition="redo",
    ),
    ActionSpec(
        "find",
        QT_TRANSLATE_NOOP("actions", "&Find in this page"),
        "edit",
        "find",
        "Ctrl+F",
        condition="page",
        group=1,
        words="filter search",
    ),
    ActionSpec(
        "rule_editor",
        QT_TRANSLATE_NOOP("actions", "&Write a rule…"),
        "edit",
        "edit_rule",
        "Ctrl+E",
        condition="document",
        group=2,
        words="rule editor pack compliance yaml",
    ),
    ActionSpec(
        "answers",
        QT_TRANSLATE_NOOP("actions", "&Answers sheet of a service…"),
        "edit",
        "show_answers",
        condition="document",
        group=2,
        words="eu framework criteria seal csf attest csv",
    ),
    ActionSpec(
        "palette",
        QT_TRANSLATE_NOOP("actions", "Search or run a &command…"),
        "view",
        "show_palette",
        "Ctrl+K",
    ),
    ActionSpec(
        "refresh",
        QT_TRANSLATE_NOOP("actions", "&Recalculate this page"),
        "view",
        "refresh",
        "F5",
        condition="page",
        words="reload update",
    ),
    ActionSpec("next_pane", QT_TRANSLATE_NOOP("actions", "Next &pane"), "view", "next_pane", "F6"),
    ActionSpec(
        "theme_system",
        QT_TRANSLATE_NOOP("actions", "Colours of the &system"),
        "view",
        "set_theme",
        argument="system",
        group=1,
        checkable=True,
        words="theme dark light",
    ),
    ActionSpec(
        "theme_light",
        QT_TRANSLATE_NOOP("actions", "&Light colours"),
        "view",
        "set_theme",
        argument="light",
        group=1,
        checkable=True,
        words="theme bright",
    ),
    ActionSpec(
        "theme_dark",
        QT_TRANSLATE_NOOP("actions", "&Dark colours"),
        "view",
        "set_theme",
        argument="dark",
        group=1,
        checkable=True,
        words="theme night",
    ),
    ActionSpec(
        "scenario",
        QT_TRANSLATE_NOOP("actions", "Choose sc&enario"),
        "view",
        "choose_scenario",
        "Alt+Shift+S",
        condition="document",
        group=2,
    ),
    ActionSpec(
        "as_of",
        QT_TRANSLATE_NOOP("actions", "Set &as-of date"),
        "view",
        "choose_as_of",
        "Alt+Shift+D",
        condition="document",
        group=2,
    ),
    ActionSpec(
        "picture",
        QT_TRANSLATE_NOOP("actions", "Save a picture of t&his view…"),
        "view",
        "save_picture",
        condition="page",
        group=3,
        words="export image png screenshot meeting",
    ),
    ActionSpec(
        "meeting",
        QT_TRANSLATE_NOOP("actions", "&Meeting mode"),
        "view",
        "toggle_meeting",
        "F11",
        condition="document",
        group=4,
        words="full screen presentation slides larger type",
    ),
    ActionSpec(
        "add_view",
        QT_TRANSLATE_NOOP("actions", "Add this view to the mee&ting"),
        "view",
        "add_meeting_view",
        "Ctrl+Shift+M",
        condition="page",
        group=4,
        words="sequence story presentation",
    ),
    ActionSpec(
        "meeting_views",
        QT_TRANSLATE_NOOP("actions", "Views of the meetin&g…"),
        "view",
        "show_meeting_views",
        condition="document",
        group=4,
        words="sequence story presentation order",
    ),
    ActionSpec(
        "lifting",
        QT_TRANSLATE_NOOP("actions", "What &would lift the level…"),
        "view",
        "show_lifting",
        condition="document",
        group=3,
        words="caps capped seal score improve raise single changes",
    ),
    *(
        ActionSpec(
            f"go_{place}",
            _PLACE_TEXTS[place],
            "go",
            "go_to",
            f"Ctrl+{number}",
            argument=place,
            condition="document",
            words="page place",
        )
        for number, place in enumerate(PLACE_NAMES, start=1)
    ),
    ActionSpec(
        "go_start", QT_TRANSLATE_NOOP("actions", "Start &page"), "go", "go_to_start", group=1
    ),
    ActionSpec(
        "help", QT_TRANSLATE_NOOP("actions", "&Help for this page"), "help", "show_help", "F1"
    ),
    ActionSpec(
        "help_index",
        QT_TRANSLATE_NOOP("actions", "&Contents"),
        "help",
        "show_help_topic",
        argument="index",
    ),
    ActionSpec(
        "shortcuts",
        QT_TRANSLATE_NOOP("actions", "&Keyboard shortcuts"),
        "help",
        "show_shortcuts",
        words="keys",
    ),
    ActionSpec(
        "about",
        QT_TRANSLATE_NOOP("actions", "&About Freehold"),
        "help",
        "show_about",
        group=1,
        words="version licence",
    ),
)


def menu_title(menu: str) -> str:
    """Return the translated title of a menu."""
    return QCoreApplication.translate("actions", dict(MENUS)[menu])


def place_name(place: str) -> str:
    """Return the translated name of a place."""
    return QCoreApplication.translate("actions", PLACE_NAMES[place])
