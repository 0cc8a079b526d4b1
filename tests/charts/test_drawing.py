"""Print drawings: vector, with the shipped font only, the same bytes each time."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader
from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing, Group, String
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

import freehold
from freehold.charts.drawing import drawing
from freehold.charts.outlines import rings
from tests.charts.examples import ALL, BARS, EUROPE

FONTS = Path(freehold.__file__).parent / "fonts"
NAMES = sorted(ALL)


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> None:
    for name in ("DejaVuSans", "DejaVuSans-Bold"):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))


def strings(node: Drawing | Group) -> list[String]:
    found = [item for item in node.contents if isinstance(item, String)]
    for item in node.contents:
        if isinstance(item, Group):
            found += strings(item)
    return found


def pdf_of(name: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(500, 320), initialFontName="DejaVuSans", invariant=1)
    renderPDF.draw(drawing(ALL[name], 460, 280), canvas, 20, 20)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(460.0, 280.0), (230.0, 150.0)])
def test_nothing_leaves_the_paper(name: str, size: tuple[float, float]) -> None:
    width, height = size
    made = drawing(ALL[name], width, height)
    for text in strings(made):
        span = pdfmetrics.stringWidth(text.text, text.fontName, text.fontSize)
        shift = {"start": 0.0, "middle": span / 2, "end": span}[text.textAnchor]
        assert text.x - shift >= -1, text.text
        assert text.x - shift + span <= width + 8, text.text
        assert -1 <= text.y <= height, text.text
        assert text.fontName.startswith("DejaVuSans")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_figure_gives_the_same_bytes(name: str) -> None:
    assert pdf_of(name) == pdf_of(name)


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "from tests.charts import test_drawing as t; t._fonts.__wrapped__();"
        "import hashlib; print(hashlib.sha256(t.pdf_of('europe')).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PATH": "", "TZ": "Asia/Tokyo"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_only_embedded_fonts_are_used() -> None:
    page = PdfReader(io.BytesIO(pdf_of("bars"))).pages[0]
    fonts = [font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all("DejaVuSans" in name for name in fonts)
    assert "Spend by parent company" in page.extract_text()


def test_title_can_be_left_to_the_report() -> None:
    shown = [text.text for text in strings(drawing(BARS, 400, 200, titled=False))]
    assert BARS.title not in shown
    assert any("as of 2026-01-27" in text for text in shown)


def test_outlines_cover_the_countries() -> None:
    points = [point for ring in rings("world_110m") for point in ring]
    assert min(x for x, _ in points) >= -180.01
    assert max(x for x, _ in points) <= 180.01
    assert len(rings("world_110m")) > 199
    assert all(ring[0] == pytest.approx(ring[-1]) for ring in rings("europe_50m"))


def test_a_map_names_its_outline_source() -> None:
    assert any("UN Geodata" in text.text for text in strings(drawing(EUROPE, 400, 250)))
