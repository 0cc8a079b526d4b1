"""The page: well formed, self-contained, accessible, and hostile text stays text."""

import re
from html.parser import HTMLParser

import audit_sample
import pytest
from test_pdf import HOSTILE, hostile_content

from freehold.reports import audit_document
from freehold.reports.html_page import html_page

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collects elements and checks that they nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(source: str) -> Page:
    page = Page()
    page.feed(source)
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def sample() -> str:
    return html_page(audit_document(audit_sample.content()))


def test_the_same_content_gives_the_same_page(sample: str) -> None:
    assert html_page(audit_document(audit_sample.content())) == sample


def test_elements_nest_and_headings_skip_no_level(sample: str) -> None:
    page = parsed(sample)
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    pairs = zip(page.headings, page.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in pairs)


def test_nothing_comes_from_elsewhere_and_nothing_runs(sample: str) -> None:
    page = parsed(sample)
    for tag, attributes in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "img", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src", "xlink:href", "action"}:
                assert value is not None
                assert value.startswith("#")
    style = sample[sample.index("<style>") : sample.index("</style>")]
    assert "@import" not in style
    assert "url(" not in style


def test_links_and_ids_agree(sample: str) -> None:
    page = parsed(sample)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    assert {str(link)[1:] for link in links} <= set(ids)


def test_every_header_cell_has_a_scope_and_every_table_a_caption(sample: str) -> None:
    page = parsed(sample)
    assert all(a.get("scope") in {"col", "row"} for tag, a in page.elements if tag == "th")
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption")
    assert all(
        a.get("role") == "img" and a.get("aria-label") for tag, a in page.elements if tag == "svg"
    )


def test_the_page_says_what_the_pdf_says(sample: str) -> None:
    text = "".join(parsed(sample).text)
    content = audit_sample.content()
    for expected in (
        content.cover.run_id,
        *content.cover.hashes.model_dump().values(),
        *(group.rule_id for group in content.findings),
        *(group.fix for group in content.findings),
        *(waiver.waiver_id for waiver in content.waivers),
    ):
        assert expected in text


def test_hostile_names_stay_text() -> None:
    page = parsed(html_page(audit_document(hostile_content())))
    assert "script" not in {tag for tag, _ in page.elements}
    text = "".join(page.text)
    assert HOSTILE[1] in text
    assert HOSTILE[2] in text
    assert HOSTILE[3] in text
    assert "日本" in text
    assert "\x00" not in text


def test_simulated_loads_are_labelled_and_overload_has_no_latency(sample: str) -> None:
    words = " ".join(" ".join(parsed(sample).text).split())
    assert "Simulated: 2 000 requests".replace(" ", "") in words.replace(" ", "").replace(
        "\N{NARROW NO-BREAK SPACE}", ""
    ).replace("\N{NO-BREAK SPACE}", "")
    assert "402 (260 to 910)" in words
    assert "(640 to overloaded)" in words
    assert "overloaded: more work arrives than the replicas can do at any batch" in words


def test_the_report_says_what_a_latency_counts() -> None:
    page = html_page(audit_document(audit_sample.content()))
    text = page.decode("utf-8") if isinstance(page, bytes) else page
    assert "What the figures count" in text
    assert (
        "Time to first token, ms: Mean time from a request" in text and "waiting included" in text
    )
    assert "Time per output token, ms: Mean" not in text, "only figures that are shown"
