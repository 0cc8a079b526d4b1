"""Texts, formats and key messages."""

import ast
import string
from decimal import Decimal
from pathlib import Path

import audit_sample
import pytest
from hypothesis import given
from hypothesis import strategies as st

import freehold.reports
from freehold.reports import formats
from freehold.reports.chapters import audit_document
from freehold.reports.content import ClauseLeft, CurrencyLine, SignOff
from freehold.reports.messages import caps_of, key_messages
from freehold.reports.signs import field_label
from freehold.reports.wording import COLUMN_TITLES, ENGLISH, text

FOLDER = Path(freehold.reports.__file__).parent


def called_with_constants(name: str) -> set[str]:
    found: set[str] = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == name
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(str(node.args[0].value))
    return found


def test_every_text_and_title_used_exists() -> None:
    assert called_with_constants("text") <= set(ENGLISH)
    assert called_with_constants("title") <= COLUMN_TITLES


def test_templates_name_their_placeholders() -> None:
    for template in ENGLISH.values():
        for _, name, _, _ in string.Formatter().parse(template):
            assert name is None or name.isidentifier()


def test_a_missing_placeholder_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("cover.pack", pack_id="x")


@given(st.floats(min_value=0, max_value=1))
def test_a_share_reads_none_or_all_only_if_it_is(share: float) -> None:
    shown = formats.percent(share)
    assert (shown == "100\u00a0%") == (share == 1)
    assert (shown == "0\u00a0%") == (share == 0)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_money_keeps_its_digits(amount: Decimal) -> None:
    shown = formats.money(amount, "EUR", 2)
    number = shown.replace("\u202f", "").replace("\u2212", "-").removesuffix("\u00a0EUR")
    assert abs(Decimal(number) - amount) <= Decimal("0.005")


def test_undecided_is_never_zero() -> None:
    assert formats.score(None) == formats.MISSING
    assert formats.percent(None) == formats.MISSING
    assert formats.money(None, "EUR") == formats.MISSING
    assert CurrencyLine(
        currency="EUR", invoiced=Decimal(0), carried=Decimal(1), judged=Decimal(1)
    ).judged_share is None  # fmt: skip


def test_caps_are_the_criteria_at_the_level_reached() -> None:
    csf = audit_sample.content().csf
    assert csf is not None
    assert {cap.criterion for cap in caps_of(csf)} == {"SOV-1.1", "SOV-1.8"}


def test_key_messages_follow_from_the_results() -> None:
    content = audit_sample.content()
    said = " ".join(item.text for item in key_messages(content))
    assert "SEAL-0" in said
    assert "31 critical and 14 high" in said
    assert "7 more would fail and 2 would pass" in said
    assert "222 of 387" in said
    without = content.model_copy(update={"findings": (), "csf": None, "waivers": ()})
    said = " ".join(item.text for item in key_messages(without))
    assert "SEAL" not in said
    assert "No critical or high rule fails" in said


def test_an_undecided_level_says_its_range() -> None:
    content = audit_sample.content()
    assert content.csf is not None
    open_csf = content.csf.model_copy(update={"seal": None, "seal_low": 0, "seal_high": 2})
    said = key_messages(content.model_copy(update={"csf": open_csf}))[0]
    assert said.tone == "unknown"
    assert "between SEAL-0 and SEAL-2" in said.text


def test_a_column_is_called_by_its_meaning() -> None:
    assert field_label("placements.key_custody", "Key custody") == "Key custody (placements)"
    told = field_label("placements.is_health", "Has this data class or one below it; NULL if ...")
    assert told == "whether the data are of class health (placements)"


def test_an_estate_without_services_is_told_that_it_has_no_level() -> None:
    messages = key_messages(audit_sample.content().model_copy(update={"csf": None}))
    assert any("No level" in message.text and message.sign == "?" for message in messages)


def test_a_score_is_never_shown_without_the_clauses_it_leaves_out() -> None:
    content = audit_sample.content()
    left = ClauseLeft(clause="28.2", title="Third-party strategy", decided_by="attested")
    framework = content.frameworks[-1].model_copy(
        update={
            "title": "DORA", "rules_evaluated": 2, "clauses": 28, "clauses_judged": 7,
            "clauses_left": (left,),
        }
    )  # fmt: skip
    told = key_messages(content.model_copy(update={"frameworks": (framework,)}))
    assert any("DORA, 7 of 28" in message.text for message in told)


def test_a_sign_off_of_another_run_is_no_review_of_this_one() -> None:
    content = audit_sample.content()
    earlier = SignOff(person="B. Roux", of_this_run=False)
    cover = content.cover.model_copy(update={"reviewed_by": (earlier,)})
    page = audit_document(content.model_copy(update={"cover": cover})).cover
    assert any("No reviewer" in notice.text for notice in page.notices)
    assert any("not this run" in cell.text for _, cell in page.facts)
