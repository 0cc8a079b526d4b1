"""The report as PDF: A4, embedded fonts, vector charts, the same bytes for the same content.

No clock is read: the dates in the file's properties are the as-of date.
"""

from datetime import date
from hashlib import md5
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from freehold.reports.blocks import (
    Block,
    Bullets,
    Cards,
    CoverPage,
    Document,
    Facts,
    Notice,
    Picture,
    Section,
    Table,
    Text,
)
from freehold.reports.pdf_figures import picture_flowables
from freehold.reports.pdf_style import (
    BOLD,
    BOTTOM,
    FONT,
    HEIGHT,
    MARGIN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    WIDTH,
    colour,
    register_fonts,
    style,
)
from freehold.reports.pdf_tables import (
    EMBEDDED,
    bullets_flowables,
    cards_flowables,
    facts_flowables,
    notice_flowables,
    table_flowables,
    text_flowables,
)
from freehold.reports.pdf_text import Draft, fitted, markup, paragraph, safe
from freehold.reports.wording import text


class _Heading(Paragraph):  # type: ignore[misc]
    """A heading that the table of contents and the bookmarks know by a key of its own."""

    def __init__(self, section: Section, key: str) -> None:
        super().__init__(markup(section.heading), style(f"h{section.level}"))
        self.key = key
        self.level = section.level - 1
        self.plain = section.heading


class _Template(BaseDocTemplate):  # type: ignore[misc]
    """A4 with a cover page and pages with running header and footer."""

    def __init__(self, target: BytesIO, document: Document, as_of: date) -> None:
        super().__init__(
            target,
            pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
            title=safe(document.title),
            author="Freehold",
            subject=document.subject,
            creator="Freehold",
            producer="Freehold",
            lang=document.language,
            invariant=1,
            initialFontName=FONT,
            initialFontSize=9,
            pageCompression=1,
            displayDocTitle=True,
        )
        self._document = document
        self._as_of = as_of
        self._pages_before = 0
        self._drawing = False
        cover = Frame(MARGIN, 14 * mm, WIDTH, PAGE_HEIGHT - 32 * mm, 0, 0, 0, 0)
        body = Frame(MARGIN, BOTTOM, WIDTH, HEIGHT, 0, 0, 0, 0)
        self.addPageTemplates(
            [
                PageTemplate("cover", [cover], onPage=self._draw_cover),
                PageTemplate("body", [body], onPage=self._draw_frame),
            ]
        )

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - ReportLab's name
        """Tell the contents and the outline about each heading."""
        if isinstance(flowable, _Heading):
            self.canv.bookmarkPage(flowable.key)
            self.canv.addOutlineEntry(
                safe(flowable.plain), flowable.key, level=flowable.level, closed=flowable.level >= 1
            )
            entry = (flowable.level, markup(flowable.plain), self.page, flowable.key)
            self.notify("TOCEntry", entry)

    def _allSatisfied(self) -> bool:  # noqa: N802 - ReportLab's name
        """Remember each pass's number of pages, for “page x of y” in the next one.

        Drawing takes most of the time, so text is drawn in one last pass, when all is settled.
        """
        settled = self._pages_before == self.page
        self._pages_before = self.page
        satisfied = bool(super()._allSatisfied()) and settled
        drawn = self._drawing
        self._drawing = satisfied
        return satisfied and drawn

    def canvas(self, *arguments: object, **settings: object) -> Canvas:
        """Return the canvas of a pass."""
        return (Canvas if self._drawing else Draft)(*arguments, **settings)

    def _draw_cover(self, canvas: Canvas, template: BaseDocTemplate) -> None:
        del template
        self._date(canvas)
        canvas.saveState()
        canvas.setFillColor(colour("accent"))
        canvas.rect(0, PAGE_HEIGHT - 14, PAGE_WIDTH, 14, stroke=0, fill=1)
        canvas.restoreState()

    def _draw_frame(self, canvas: Canvas, template: BaseDocTemplate) -> None:
        del template
        self._date(canvas)
        document = self._document
        canvas.saveState()
        canvas.setStrokeColor(colour("border"))
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, PAGE_HEIGHT - 43, PAGE_WIDTH - MARGIN, PAGE_HEIGHT - 43)
        canvas.line(MARGIN, 42, PAGE_WIDTH - MARGIN, 42)
        canvas.setFillColor(colour("muted"))
        canvas.setFont(FONT, 7)
        canvas.drawString(MARGIN, PAGE_HEIGHT - 37, fitted(document.header, FONT, 7, WIDTH))
        canvas.drawString(MARGIN, 31, fitted(document.footer, FONT, 7, WIDTH * 0.38))
        canvas.drawCentredString(PAGE_WIDTH / 2 + 30, 31, document.footnote)
        canvas.setFont(BOLD, 7)
        numbers = {"page": canvas.getPageNumber(), "total": self._pages_before}
        canvas.drawRightString(PAGE_WIDTH - MARGIN, 31, document.page_label.format(**numbers))
        canvas.restoreState()

    def _date(self, canvas: Canvas) -> None:
        """Give the file's properties the as-of date, whatever date ReportLab would take.

        On the first page its signature too starts anew: it holds a date of the surroundings.
        """
        day, stamp = self._as_of, canvas._doc._timeStamp
        stamp.YMDhms, stamp.dhh, stamp.dmm = (day.year, day.month, day.day, 0, 0, 0), 0, 0
        if canvas.getPageNumber() == 1:
            canvas._doc.signature = md5(b"freehold", usedforsecurity=False)


def pdf_bytes(document: Document, as_of: date) -> bytes:
    """Return the report as PDF; the same document and date give the same bytes."""
    register_fonts()
    target = BytesIO()
    template = _Template(target, document, as_of)
    story: list[Flowable] = [*_cover(document.cover), NextPageTemplate("body"), PageBreak()]
    story += [paragraph(document.contents_title, "toc-title"), _contents()]
    for number, section in enumerate(document.sections):
        story += _section(section, f"s{number}")
    template.multiBuild(story, maxPasses=8, canvasmaker=template.canvas)
    return target.getvalue()


def _contents() -> TableOfContents:
    contents = TableOfContents()
    contents.levelStyles = [style("toc-1"), style("toc-2"), style("toc-3")]
    contents.dotsMinLevel = 0
    contents.tableStyle = TableStyle(
        [
            EMBEDDED,
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    return contents


def _cover(cover: CoverPage) -> list[Flowable]:
    flowables: list[Flowable] = [
        Spacer(1, 22),
        paragraph(cover.kicker, "cover-kicker"),
        paragraph(cover.title, "cover-title"),
        paragraph(cover.subtitle, "cover-subtitle"),
        Spacer(1, 14),
        *facts_flowables(Facts(cover.facts)),
        paragraph(text("cover.section.versions"), "cover-head"),
        *facts_flowables(Facts(cover.versions)),
        paragraph(text("cover.section.hashes"), "cover-head"),
        *facts_flowables(Facts(cover.hashes)),
        Spacer(1, 4),
    ]
    for notice in cover.notices:
        flowables += notice_flowables(notice)
    return flowables


def _room(section: Section) -> float:
    """Return the points a heading needs below it so that it does not stand alone."""
    picture = next((b for b in section.blocks[:2] if isinstance(b, Picture)), None)
    if picture is not None:
        return float(picture.height_mm * mm + 90)
    return {1: 220, 2: 110, 3: 60}[section.level] + (150 if len(section.blocks) < 2 else 0)


def _section(section: Section, key: str) -> list[Flowable]:
    first = PageBreak() if section.new_page else CondPageBreak(_room(section))
    flowables: list[Flowable] = [first]
    heading = _Heading(section, key)
    blocks = [_flowables(block) for block in section.blocks]
    if section.level == 3 and blocks:
        flowables.append(KeepTogether([heading, *blocks[0]]))
        blocks = blocks[1:]
    else:
        flowables.append(heading)
    for block in blocks:
        flowables += block
    return flowables


def _flowables(block: Block) -> list[Flowable]:
    match block:
        case Text():
            return text_flowables(block)
        case Bullets():
            return bullets_flowables(block)
        case Facts():
            return facts_flowables(block)
        case Cards():
            return cards_flowables(block)
        case Table():
            return table_flowables(block)
        case Notice():
            return notice_flowables(block)
        case Picture():
            return picture_flowables(block)
