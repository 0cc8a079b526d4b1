"""How the window looks: Fusion, two palettes from the charts' colours, the shipped font."""

import re
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import freehold
from freehold.charts.palette import PALETTES, Palette, ThemeName, mix

Mode = Literal["system", "light", "dark"]
MODES: tuple[Mode, ...] = ("system", "light", "dark")
FONT_FAMILY = "DejaVu Sans"
FONT_FOLDER = Path(freehold.__file__).parent / "fonts"
CHEVRON = (Path(__file__).parent / "icons" / "chevron.svg").as_posix()
GRID = 8
"""Every distance in the window is a multiple of this many pixels."""


class Theme(QObject):
    """The colours in force; `changed` is sent when they change."""

    changed = Signal()

    def __init__(self, settings: QSettings | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        stored = str(settings.value("view/theme", "system")) if settings else "light"
        self._mode: Mode = next((mode for mode in MODES if mode == stored), "system")
        self._scale = 1.0

    @property
    def mode(self) -> Mode:
        """What the user chose: follow the system, light or dark."""
        return self._mode

    @property
    def name(self) -> ThemeName:
        """The theme in force."""
        if self._mode == "system":
            hints = QGuiApplication.styleHints()
            return "dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light"
        return self._mode

    @property
    def colours(self) -> Palette:
        """The palette in force."""
        return PALETTES[self.name]

    def set_mode(self, mode: Mode) -> None:
        """Choose light, dark or the system's own, and remember it."""
        self._mode = mode
        if self._settings is not None:
            self._settings.setValue("view/theme", mode)
        self.apply()

    @property
    def scale(self) -> float:
        """How large type is beside its usual size."""
        return self._scale

    def set_scale(self, scale: float) -> None:
        """Enlarge or shrink all type; this is not remembered."""
        self._scale = scale
        self._set_font()
        self.apply()

    def install(self) -> None:
        """Give the application style, font and colours, and follow the system from now on."""
        QApplication.setStyle("Fusion")
        load_fonts()
        self._set_font()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)
        make_active(self)
        self.apply()

    def apply(self) -> None:
        """Put the colours in force on the application."""
        QApplication.setPalette(qt_palette(self.colours))
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setStyleSheet(scaled(style_sheet(self.colours), self._scale))
        self.changed.emit()

    def _set_font(self) -> None:
        font = QFont(FONT_FAMILY)
        font.setPixelSize(round(13 * self._scale))
        QApplication.setFont(font)

    def _system_changed(self) -> None:
        if self._mode == "system":
            self.apply()


class _Active:
    theme: Theme | None = None


def make_active(theme: Theme) -> None:
    """Let widgets that are given no theme use this one."""
    _Active.theme = theme


def active() -> Theme:
    """Return the theme in force; a light one where none was installed."""
    if _Active.theme is None:
        _Active.theme = Theme()
    return _Active.theme


def load_fonts() -> None:
    """Make the shipped font known to Qt, so that text measures the same on every machine."""
    if FONT_FAMILY not in QFontDatabase.families() or not _FONT_IDS:
        _FONT_IDS.extend(
            QFontDatabase.addApplicationFont(str(path))
            for path in sorted(FONT_FOLDER.glob("*.ttf"))
        )


_FONT_IDS: list[int] = []


def qt_palette(colours: Palette) -> QPalette:
    """Return the QPalette made of the named colours."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for target, colour in {
        role.Window: colours.page,
        role.WindowText: colours.text,
        role.Base: colours.panel,
        role.AlternateBase: mix(colours.panel, colours.page, 0.8),
        role.Text: colours.text,
        role.PlaceholderText: colours.muted,
        role.Button: colours.panel,
        role.ButtonText: colours.text,
        role.BrightText: colours.on_accent,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.panel,
        role.ToolTipText: colours.text,
        role.Light: mix(colours.panel, colours.page, 0.5),
        role.Midlight: colours.line,
        role.Mid: colours.border,
        role.Dark: colours.border,
        role.Shadow: colours.border,
    }.items():
        palette.setColor(target, QColor(colour))
    faded = QColor(mix(colours.page, colours.muted, 0.65))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(group.Disabled, target, faded)
    palette.setColor(group.Disabled, role.Highlight, QColor(colours.line))
    return palette


def scaled(sheet: str, scale: float) -> str:
    """Return a style sheet with every font size enlarged by `scale`."""
    return re.sub(
        r"font-size: (\d+)px", lambda m: f"font-size: {round(int(m[1]) * scale)}px", sheet
    )


def style_sheet(c: Palette) -> str:
    """Return the style sheet for the few named frames; everything else follows the palette."""
    hover = mix(c.panel, c.accent, 0.08)
    return f"""
#rail {{ background: {c.rail}; border: none; border-right: 1px solid {c.line}; }}
#brand {{ font-size: 17px; font-weight: bold; color: {c.text}; }}
#top_bar {{ background: {c.page}; border: none; }}
#panel, #card, #door {{
    background: {c.panel}; border: 1px solid {c.line}; border-radius: 8px; }}
#door:hover, #door:focus {{ border: 1px solid {c.accent}; background: {hover}; }}
#command_palette {{ background: {c.panel}; border: 1px solid {c.border}; }}
#page_title {{ font-size: 22px; font-weight: bold; }}
#hero {{ font-size: 28px; font-weight: bold; }}
#panel_title {{ font-size: 14px; font-weight: bold; }}
#door_title {{ font-size: 16px; font-weight: bold; color: {c.accent}; }}
#muted {{ color: {c.muted}; }}
#small {{ color: {c.muted}; font-size: 11px; }}
#notice {{ background: {c.accent_soft}; border: 1px solid {c.line}; border-radius: 6px;
    color: {c.text}; padding: 8px 12px; }}
#status {{ color: {c.muted}; font-size: 12px; padding: 0 8px; }}
#search_field {{ background: {c.panel}; border: 1px solid {c.line}; border-radius: 6px;
    padding: 7px 12px; color: {c.muted}; text-align: left; }}
#search_field:hover, #search_field:focus {{ border: 1px solid {c.accent}; }}
#primary {{ background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent};
    border-radius: 6px; padding: 7px 16px; font-weight: bold; }}
#primary:hover {{ background: {mix(c.accent, c.text, 0.15)}; }}
#primary:focus {{ border: 2px solid {c.text}; padding: 6px 15px; }}
#primary:disabled {{ background: {c.line}; color: {c.muted}; border-color: {c.line}; }}
#quiet {{ background: transparent; border: 1px solid {c.line}; border-radius: 6px;
    padding: 6px 12px; color: {c.text}; }}
#quiet:hover, #quiet:focus {{ border-color: {c.accent}; background: {hover}; }}
#quiet:disabled {{ color: {c.muted}; }}
#quiet::menu-indicator {{ image: none; width: 0; }}
#filter_line, #top_field {{ background: {c.panel}; border: 1px solid {c.line}; border-radius: 6px;
    padding: 6px 10px; }}
#filter_line:focus, #top_field:focus {{ border: 1px solid {c.accent}; }}
#meeting_bar {{ background: {c.rail}; border: none; border-top: 1px solid {c.line}; }}
QStatusBar {{ background: {c.rail}; border-top: 1px solid {c.line}; }}
QStatusBar::item {{ border: none; }}
QMenuBar {{ background: {c.page}; border-bottom: 1px solid {c.line}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {c.accent_soft}; color: {c.text}; }}
QAbstractScrollArea::corner {{ background: transparent; }}
QComboBox#top_field, QDateEdit#top_field {{ padding: 4px 8px; }}
QComboBox#top_field::drop-down, QDateEdit#top_field::drop-down {{ border: none; width: 24px; }}
QComboBox#top_field::down-arrow, QDateEdit#top_field::down-arrow {{
    image: url({CHEVRON}); width: 12px; height: 12px; }}
QToolTip {{ background: {c.panel}; color: {c.text}; border: 1px solid {c.border}; padding: 4px; }}
QHeaderView::section {{ background: {c.rail}; color: {c.muted}; border: none;
    border-bottom: 1px solid {c.line}; padding: 7px 8px; font-weight: bold; }}
QCheckBox::indicator:unchecked, QListWidget::indicator:unchecked {{
    border: 1px solid {c.border}; border-radius: 2px; background: {c.panel};
    width: 12px; height: 12px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {c.border}; border-radius: 4px; min-height: 32px;
    min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
