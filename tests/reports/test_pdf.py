"""The PDF: same bytes, everything in it, nothing hostile runs or breaks it."""

import os
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import audit_sample
import pytest
from pypdf import PdfReader

from freehold.reports import audit_document
from freehold.reports.content_findings import FindingRow
from freehold.reports.pdf import pdf_bytes

HOSTILE = (
    '=cmd|"/c calc"!A1',
    "<script>alert(1)</script> & <b>bold</b>",
    "arn:" + "x" * 600,
    "قاعدة بيانات العملاء",
    "日本 データ 😀👩‍👩‍👧",
    "tab\tnul\x00bell\x07\ud800 end",
    "{braces} %s %(x)s $1",
)


def rendered(content=None) -> bytes:
    chosen = audit_sample.content() if content is None else content
    return pdf_bytes(audit_document(chosen), chosen.cover.as_of)


@pytest.fixture(scope="module")
def sample_pdf() -> bytes:
    return rendered()


class Read:
    """The pages of a PDF: the text of each, and every piece of text with where it stands."""

    def __init__(self, data: bytes) -> None:
        self.texts: list[str] = []
        self.placed: list[tuple[str, float, float]] = []
        for page in PdfReader(BytesIO(data)).pages:
            self.texts.append(page.extract_text(visitor_text=self._place))

    def _place(
        self, text: str, cm: list[float], tm: list[float], _font: object, _size: float
    ) -> None:
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        self.placed.append((text, x, y))

    @property
    def words(self) -> str:
        return squeezed("".join(self.texts))


@pytest.fixture(scope="module")
def sample_read(sample_pdf: bytes) -> Read:
    return Read(sample_pdf)


def words(data: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_bytes_do_not_depend_on_time_zone_hash_seed_or_language(
    sample_pdf: bytes, tmp_path: Path
) -> None:
    source = tmp_path / "content.json"
    source.write_text(audit_sample.content().model_dump_json(), encoding="utf-8")
    program = (
        "import sys, pathlib\n"
        "from freehold.reports import AuditContent, audit_document\n"
        "from freehold.reports.pdf import pdf_bytes\n"
        "text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')\n"
        "content = AuditContent.model_validate_json(text)\n"
        "data = pdf_bytes(audit_document(content), content.cover.as_of)\n"
        "pathlib.Path(sys.argv[2]).write_bytes(data)\n"
    )
    target = tmp_path / "report.pdf"
    surroundings = os.environ | {
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "4711",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": "0",
    }
    subprocess.run(
        [sys.executable, "-c", program, str(source), str(target)], check=True, env=surroundings
    )
    assert target.read_bytes() == sample_pdf


def test_the_text_holds_scope_hashes_and_every_rule(sample_read: Read) -> None:
    found = sample_read.words
    content = audit_sample.content()
    expected = [
        content.cover.organisation,
        content.cover.run_id,
        content.cover.command,
        *content.cover.hashes.model_dump().values(),
        "412 resources",
        *(group.rule_id for group in content.findings),
        *(group.predicate for group in content.findings),
        *(group.source_text for group in content.findings),
        *(rule.rule_id for rule in content.not_evaluated),
        *(field.field for field in content.missing_fields),
        *(w.reason for w in content.waivers),
        *(w.compensating_control for w in content.waivers if w.compensating_control),
        "uncalibrated",
        "91.9 %",
    ]
    missing = [text for text in expected if squeezed(str(text)) not in found]
    assert not missing


def test_every_page_is_numbered_and_carries_the_run(sample_read: Read) -> None:
    pages = sample_read.texts
    for number, text in enumerate(pages[1:], 2):
        assert f"Page {number} of {len(pages)}" in text
        assert audit_sample.RUN_ID[:12] in text


def test_properties_carry_the_as_of_date_and_fonts_are_embedded(sample_pdf: bytes) -> None:
    reader = PdfReader(BytesIO(sample_pdf))
    assert reader.metadata is not None
    assert "Banque Riveraine" in str(reader.metadata.title)
    assert str(reader.metadata["/CreationDate"]).startswith("D:20261101")
    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            described = font.get_object()
            names.add(described["/BaseFont"])
            assert "/FontFile2" in described["/FontDescriptor"].get_object()
    assert all("DejaVuSans" in name for name in names)


def test_the_outline_names_every_chapter(sample_pdf: bytes) -> None:
    reader = PdfReader(BytesIO(sample_pdf))
    chapters = [item.title for item in reader.outline if not isinstance(item, list)]
    assert chapters[0] == "1 Summary"
    assert len(chapters) == 13


def hostile_content():
    rows = tuple(
        FindingRow(name, "fail", f"found {name}", (name, 1.5, None), owner=name, status=name)
        for name in HOSTILE
    )
    group = audit_sample.group(
        "RES-EU-001",
        "critical",
        rows,
        evidence_columns=("name", "number", "nothing"),
        title=HOSTILE[1],
        source_text=HOSTILE[3],
        fix=HOSTILE[4],
        predicate=HOSTILE[2],
        parameters={HOSTILE[6]: HOSTILE[5]},
    )
    content = audit_sample.content((group,))
    cover = content.cover.model_copy(
        update={
            "organisation": " ".join(HOSTILE),
            "document_name": HOSTILE[2],
            "notices": HOSTILE,
            "lei": HOSTILE[0],
        }
    )
    waivers = tuple(
        w.model_copy(update={"waiver_id": name, "reason": name, "scope": name})
        for w, name in zip(content.waivers * 4, HOSTILE, strict=False)
    )
    return content.model_copy(update={"cover": cover, "waivers": waivers})


def test_hostile_names_stay_text() -> None:
    data = rendered(hostile_content())
    found = words(data)
    assert squeezed(HOSTILE[0]) in found
    assert squeezed(HOSTILE[1]) in found
    assert squeezed(HOSTILE[6]) in found
    assert "[U+65E5]" in found, "a sign the font lacks stands as its code point"
    assert "[U+0000]" in found
    assert "[U+D800]" in found
    assert found.count("x" * 50) > 0
    assert b"/JavaScript" not in data
    assert b"/Launch" not in data


def test_a_very_long_identifier_is_printed_whole() -> None:
    name = "".join(f"{i:05d}-" for i in range(900))
    row = FindingRow(name, "fail", "found", (), owner=None)
    group = audit_sample.group("RES-EU-001", "critical", (row,), evidence_columns=())
    found = words(rendered(audit_sample.content((group,))))
    # Page furniture may stand in between; every piece of the id must be there.
    missing = [i for i in range(900) if f"{i:05d}" not in found]
    assert not missing


def test_nothing_is_drawn_outside_the_page_margins(sample_read: Read) -> None:
    drawn = [(text, x, y) for text, x, y in sample_read.placed if text.strip()]
    assert drawn
    assert not [text for text, x, y in drawn if not (50 <= x <= 545 and 28 <= y <= 815)]


@pytest.mark.slow
def test_three_thousand_findings_take_few_pages() -> None:
    groups = tuple(
        audit_sample.group(f"RES-XX-{i:03d}", "high", audit_sample.finding_rows(300))
        for i in range(10)
    )
    content = audit_sample.content(groups)
    pages = PdfReader(BytesIO(rendered(content))).pages
    found = squeezed("".join(page.extract_text() for page in pages))
    assert all(group.rule_id in found for group in groups)
    assert "280moreinfindings.csv" in found
    assert len(pages) < 45


def test_an_empty_estate_still_makes_a_report() -> None:
    content = audit_sample.content(())
    bare = content.model_copy(
        update={
            "csf": None,
            "frameworks": (),
            "missing_fields": (),
            "unknowns": (),
            "not_evaluated": (),
            "unverified": (),
            "confirmations": (),
            "assumed": (),
            "waivers": (),
            "concentration": (),
            "map_points": (),
            "spend": (),
            "sources": (),
            "capacity": content.capacity.model_copy(update={"workloads": (), "assumptions": ()}),
            "completeness": content.completeness.model_copy(
                update={"currencies": (), "accounts": (), "resources": 0, "resources_judged": 0}
            ),
        }
    )
    found = words(rendered(bare))
    assert "Norulefails." in found
    assert "Nowaiverisrecorded." in found
    assert "Noworkloadisrecorded." in found
