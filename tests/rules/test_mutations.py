"""Every shipped rule is pinned by its own tests: no single change of its logic goes unnoticed."""

import pytest

from freehold.compliance import mutations, packs

PACKS = {pack.id: pack for pack in packs.shipped()}


@pytest.mark.parametrize("name", sorted(PACKS))
def test_no_mutant_survives(name: str) -> None:
    report = mutations.run_packs([PACKS[name]])
    assert report.problems == ()
    assert report.tried >= len(PACKS[name].rules)
    # Each line names the rule, the change and the test that would notice it.
    assert [f"{s.rule}: {s.change} {s.test}" for s in report.survivors] == []
