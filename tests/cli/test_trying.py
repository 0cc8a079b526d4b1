"""Other weights and thresholds are tried on a score, without judging the estate again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from freehold.compliance import judge
from freehold.errors import FreeholdError
from freehold.scenarios import JudgedEstate, judge_estate
from freehold.workflows.documents import reading
from freehold.workflows.trying import tried

RULE = "KEY-BAK-001"


@pytest.fixture(scope="module")
def judged(two_packs: Path) -> Iterator[JudgedEstate]:
    with reading(two_packs) as workspace:
        yield judge_estate(workspace, pack_ids=["keys-identity"])


def test_a_tried_threshold_and_weight_score_as_a_rule_file_with_them(judged: JudgedEstate) -> None:
    before, rule = judged.judgement.rule(RULE), judged.judgement.judged.rule(RULE).rule
    (told,) = tried(judged, [f"{RULE}:own=5", f"{RULE}:weight=70"]).rules
    anew = judge(
        judged.connection,
        [rule.model_copy(update={"params": {**rule.params, "own": 5}})],
        judged.as_of,
        views=judged.schemas.views,
        store="anew",
        frameworks=[],
    ).rule(RULE)
    assert (told.passed, told.fail, told.unknown) == (anew.passed, anew.fail, anew.unknown)
    assert told.not_applicable > before.not_applicable, "the threshold counts"
    assert told.weight == 70


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (RULE, "a rule, a name and a value"),
        ("NO-SUCH:weight=3", "was not judged"),
        (f"{RULE}:nothing=3", "nothing named 'nothing'"),
        (f"{RULE}:weight=-1", "cannot have that value"),
        (f"{RULE}:own=low", "compared with a number"),
    ],
)
def test_a_wrong_try_gets_one_sentence(judged: JudgedEstate, text: str, says: str) -> None:
    with pytest.raises(FreeholdError, match=says):
        tried(judged, [text])
