"""The EU Cloud Sovereignty Framework: the published vectors, ranges, and the answers sheet."""

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.compliance import csf
from freehold.errors import InputError
from tests.examples import examples

FRAME = csf.shipped_framework()
CRITERIA = list(FRAME.criteria)
US_REGION = (
    "1,5,2,1,2,3,2,1,2,3,4,2,1,1,2,3,3,4,2,3,2,2,2,1,1,2,1,2,2,1,2,2,3,3,1,2,2,3,4,3,3,3,3,2,4,"
    "4,5,4"
)
EU_CLOUD = (
    "4,4,4,4,5,3,3,4,3,5,5,4,4,5,5,5,4,5,4,4,5,4,4,5,4,4,3,4,3,4,4,4,4,4,4,4,3,4,4,4,4,4,4,5,4,"
    "4,4,5"
)


def vector(text: str) -> dict[str, int | None]:
    return dict(zip(CRITERIA, map(int, text.split(",")), strict=True))


LOWEST: dict[str, int | None] = dict.fromkeys(CRITERIA, 1)
HIGHEST: dict[str, int | None] = {
    name: len(criterion.options) for name, criterion in FRAME.criteria.items()
}


def test_the_framework_is_whole() -> None:
    counts = [sum(name.startswith(f"SOV-{n}.") for name in CRITERIA) for n in range(1, 9)]
    assert counts == [8, 6, 5, 6, 7, 5, 7, 4]
    assert {
        name: list(map(int, FRAME.weights(name)[1].values())) for name in FRAME.weight_sets
    } == {
        "2025-10": [15, 10, 10, 15, 20, 15, 10, 5],
        "2026-06": [20, 10, 10, 15, 10, 15, 15, 5],
    }
    maxima = [result.maximum for result in csf.evaluate({}).objectives.values()]
    assert maxima == [Decimal(m) for m in ("1000.03", 1002, 1000, 1002, 1001, 1000, 1001, 1000)]
    never = [n for n, c in FRAME.criteria.items() if {o.seal for o in c.options} == {4}]
    assert never == [
        f"SOV-{n}" for n in ("1.2", "1.4", "1.5", "1.6", "1.7", "2.5", "5.3", "7.2", "8.4")
    ]


@pytest.mark.parametrize(
    ("answers", "seals", "overall", "first", "second"),
    [
        (LOWEST, [0] * 8, 0, "0.00", "0.00"),
        (HIGHEST, [4] * 8, 4, "100.00", "100.00"),
        (vector(US_REGION), [0, 1, 1, 0, 1, 2, 1, 4], 0, "32.63", "34.85"),
        (vector(EU_CLOUD), [2, 3, 3, 3, 3, 3, 3, 3], 2, "78.68", "79.84"),
    ],
)
def test_the_published_vectors(
    answers: dict[str, int | None], seals: list[int], overall: int, first: str, second: str
) -> None:
    for weights, score in (("2025-10", first), ("2026-06", second)):
        found = csf.evaluate(answers, weights)
        assert [result.seal for result in found.objectives.values()] == seals
        assert (found.seal, found.seal_low, found.seal_high) == (overall, overall, overall)
        assert found.score == found.score_low == found.score_high == Decimal(score)
        assert (found.coverage, found.weights) == (1.0, weights)


def test_what_caps_the_seal_is_named() -> None:
    assert csf.evaluate(vector(EU_CLOUD)).capped_by == ["SOV-1.8"]
    assert csf.evaluate(vector(US_REGION)).capped_by == ["SOV-1.8", "SOV-4.5", "SOV-4.6"]
    assert csf.evaluate(HIGHEST).capped_by == []


def test_a_seal_is_given_only_if_nothing_undecided_could_lower_it() -> None:
    # 8.4 never gates: undecided, it moves the score alone.
    open_energy = csf.evaluate(HIGHEST | {"SOV-8.4": None})
    assert (open_energy.seal, open_energy.score) == (4, None)
    assert open_energy.score_low < open_energy.score_high == Decimal(100)
    assert open_energy.objectives["SOV-8"].points is None
    # The lowest option of 1.1 is SEAL-1, which is below what the rest reaches.
    open_control = csf.evaluate(HIGHEST | {"SOV-1.1": None})
    assert (open_control.seal, open_control.seal_low, open_control.seal_high) == (None, 1, 4)
    # Beside a criterion that is at SEAL-0 already, an open one changes nothing.
    held = csf.evaluate(HIGHEST | {"SOV-1.8": 1, "SOV-1.1": None})
    assert (held.seal, held.capped_by) == (0, ["SOV-1.8"])
    assert held.coverage == 47 / 48


def test_nothing_answered_is_not_determined() -> None:
    found = csf.evaluate({})
    assert (found.seal, found.seal_low, found.seal_high) == (None, 0, 4)
    assert (found.score, found.score_low, found.score_high) == (None, Decimal(0), Decimal(100))
    assert (found.coverage, len(found.undecided)) == (0.0, 48)
    assert found.model_dump(mode="json")["objectives"]["SOV-1"]["maximum"] == 1000.03


ANSWERS = st.fixed_dictionaries(
    {
        name: st.one_of(st.none(), st.integers(1, len(criterion.options)))
        for name, criterion in FRAME.criteria.items()
    }
)


@given(ANSWERS, st.sampled_from(CRITERIA), st.sampled_from(["2025-10", "2026-06"]))
@settings(max_examples=150, deadline=None)
def test_a_better_answer_never_lowers_anything(
    answers: dict[str, int | None], criterion: str, weights: str
) -> None:
    before = csf.evaluate(answers, weights)
    taken = answers[criterion]
    best = len(FRAME.criteria[criterion].options)
    if taken is None or taken == best:
        return
    # Not each option has more points than the one before it, but the best has most of both.
    after = csf.evaluate(answers | {criterion: best}, weights)
    assert after.seal_low >= before.seal_low
    assert after.seal_high >= before.seal_high
    assert after.score_low >= before.score_low
    assert after.score_high >= before.score_high


@given(ANSWERS, st.randoms(use_true_random=False))
@settings(max_examples=examples(30), deadline=None)
def test_deciding_stays_within_the_range_and_order_does_not_matter(
    answers: dict[str, int | None], random: Random
) -> None:
    before = csf.evaluate(answers)
    decided = {
        name: option if option is not None else random.randint(1, 3)
        for name, option in reversed(answers.items())
    }
    after = csf.evaluate(decided)
    assert before.seal_low <= after.seal_low <= after.seal_high <= before.seal_high
    assert before.score_low <= after.score_low <= after.score_high <= before.score_high
    assert after.score is not None


def test_points_of_options_never_fall() -> None:
    for criterion in FRAME.criteria.values():
        points = [option.points for option in criterion.options]
        seals = [option.seal for option in criterion.options]
        assert points == sorted(points), criterion.id
        assert seals == sorted(seals), criterion.id


def test_own_weights_and_unknown_sets() -> None:
    equal = {f"SOV-{n}": Decimal(1) for n in range(1, 9)}
    assert csf.evaluate(HIGHEST, equal).score == Decimal(100)
    with pytest.raises(InputError, match="2025-10 or 2026-06"):
        csf.evaluate({}, "2027")
    with pytest.raises(InputError, match="leave out SOV-8"):
        csf.evaluate({}, {k: v for k, v in equal.items() if k != "SOV-8"})


def sheet(tmp_path: Path, text: str | bytes) -> dict[str, int | None]:
    path = tmp_path / "answers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return csf.read_answers(path)


def test_an_answers_sheet_is_read(tmp_path: Path) -> None:
    answers = sheet(
        tmp_path, "﻿note,Criterion , option\nx,SOV-1.1,3\n,SOV-1.2,\n\n,,\nlast,SOV-8.4,5"
    )
    assert len(answers) == 48
    assert {name: option for name, option in answers.items() if option} == {
        "SOV-1.1": 3,
        "SOV-8.4": 5,
    }
    assert sheet(tmp_path, "criterion;option\nSOV-1.1;2\n")["SOV-1.1"] == 2
    assert set(sheet(tmp_path, "criterion,option\n").values()) == {None}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("criterion,choice\nSOV-1.1,1\n", "column 'option'"),
        ("option\n1\n", "column 'criterion'"),
        ("criterion,option,option\nSOV-1.1,1,2\n", "one column 'option'"),
        ("criterion,option\nSOV-9.1,1\n", "no criterion 'SOV-9.1'"),
        ("criterion,option\n,1\n", "no criterion"),
        ("criterion,option\nSOV-1.1,1\nSOV-1.1,1\n", "stands twice"),
        ("criterion,option\nSOV-1.1,5\n", "no option '5'"),
        ("criterion,option\nSOV-1.1,0\n", "no option '0'"),
        ("criterion,option\nSOV-1.1,-1\n", "no option '-1'"),
        ("criterion,option\nSOV-1.1,two\n", "no option 'two'"),
        ("criterion,option\nSOV-1.1,2.5\n", "no option '2.5'"),
        ("criterion,option\nSOV-1.1,²\n", "no option"),
        ("criterion,option\nSOV-1.1,1,extra\n", "3 fields"),
        ('criterion,option\n"SOV-1.1,1\n', "CSV"),
        (b"criterion,option\nSOV-1.1,\xff\n", "UTF-8"),
        (b"PK\x03\x04\x00\x00", "."),
        ("criterion,option\n\0", "not a text file"),
    ],
)
def test_a_wrong_answers_sheet_is_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(InputError) as refused:
        sheet(tmp_path, text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_sheet_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            csf.read_answers(path)


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_the_reading_of_answers(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("answers") / "a.csv"
    path.write_bytes(raw)
    try:
        answers = csf.read_answers(path)
    except InputError:
        return
    assert set(answers) == set(CRITERIA)
