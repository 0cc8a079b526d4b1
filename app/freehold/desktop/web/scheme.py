"""The scheme freehold:// serves the chart page and its scripts, and nothing else."""

import importlib.util
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QObject
from PySide6.QtWebEngineCore import (
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)

import freehold
from freehold.errors import InputError

SCHEME = b"freehold"
PAGE_URL = "freehold://charts/chart.html"
_ASSETS = Path(__file__).parent / "assets"
_PACKAGE = Path(freehold.__file__).parent
_OUTLINES = ("world_110m", "europe_50m")
_ALLOWED_SCHEMES = frozenset({"freehold", "qrc", "data", "blob"})


def register_scheme() -> None:
    """Register freehold:// with the browser; call once, before QApplication is made."""
    if QWebEngineUrlScheme.schemeByName(SCHEME).name().data() == SCHEME:
        return
    scheme = QWebEngineUrlScheme(SCHEME)
    scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
    flag = QWebEngineUrlScheme.Flag
    scheme.setFlags(
        flag.SecureScheme | flag.LocalAccessAllowed | flag.CorsEnabled | flag.FetchApiAllowed
    )
    QWebEngineUrlScheme.registerScheme(scheme)


def plotly_script() -> Path:
    """Return the path of plotly.min.js inside the installed plotly package.

    Raises:
        InputError: the package or its script is missing.
    """
    spec = importlib.util.find_spec("plotly")
    for folder in spec.submodule_search_locations or [] if spec else []:
        script = Path(folder) / "package_data" / "plotly.min.js"
        if script.is_file():
            return script
    raise InputError(
        "The chart library is missing", where="plotly.min.js", mend="Install Freehold again"
    )


@cache
def outlines_script() -> bytes:
    """Return the script that hands Plotly its map outlines before it would fetch them."""
    folder = _PACKAGE / "charts" / "outlines"
    topojson = ",".join(
        f"{json.dumps(name)}:{(folder / f'{name}.json').read_text(encoding='utf-8')}"
        for name in _OUTLINES
    )
    return f"window.PlotlyGeoAssets={{topojson:{{{topojson}}}}};".encode()


def _file(path: Path) -> Callable[[], bytes]:
    return path.read_bytes


SERVED: dict[str, tuple[bytes, Callable[[], bytes]]] = {
    "/chart.html": (b"text/html", _file(_ASSETS / "chart.html")),
    "/chart.js": (b"text/javascript", _file(_ASSETS / "chart.js")),
    "/seed.js": (b"text/javascript", _file(_ASSETS / "seed.js")),
    "/outlines.js": (b"text/javascript", outlines_script),
    "/plotly.js": (b"text/javascript", lambda: plotly_script().read_bytes()),
    "/regular.ttf": (b"font/ttf", _file(_PACKAGE / "fonts" / "DejaVuSans.ttf")),
    "/bold.ttf": (b"font/ttf", _file(_PACKAGE / "fonts" / "DejaVuSans-Bold.ttf")),
}


class AssetHandler(QWebEngineUrlSchemeHandler):
    """Answers the few paths the chart page needs and refuses all others."""

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:  # noqa: N802
        """Serve one path."""
        found = SERVED.get(job.requestUrl().path())
        if found is None:
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        mime_type, read = found
        body = QBuffer(job)  # lives as long as the job
        body.setData(read())
        body.open(QIODevice.OpenModeFlag.ReadOnly)
        job.reply(mime_type, body)


class OfflineOnly(QWebEngineUrlRequestInterceptor):
    """Refuses every request that would leave the program, and remembers it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.refused: list[str] = []

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:  # noqa: N802
        """Block what is not the program's own."""
        if info.requestUrl().scheme() not in _ALLOWED_SCHEMES:
            self.refused.append(info.requestUrl().toString())
            info.block(True)
