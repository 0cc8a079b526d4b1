"""Where the window keeps what the user chose; always handed in, so that tests have their own."""

from PySide6.QtCore import QSettings

from freehold.resources import user_state_folder

MOST_RECENT = 8


def open_settings() -> QSettings:
    """Return the settings in the user's state folder, an INI file that can be read."""
    folder = user_state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)


def recent_files(settings: QSettings) -> list[str]:
    """Return the paths of documents opened lately, the latest first."""
    stored = settings.value("files/recent", [])
    if isinstance(stored, str):
        return [stored]
    return [str(path) for path in stored] if isinstance(stored, list) else []


def remember_file(settings: QSettings, path: str) -> None:
    """Put a path first in the list of recent documents."""
    rest = [other for other in recent_files(settings) if other != path]
    settings.setValue("files/recent", [path, *rest][:MOST_RECENT])
