"""Checking a folder of rules names what its tests cannot give."""

from pathlib import Path

import pytest

from freehold.compliance.checking import check

RULE = """\
id: T-1
version: 1
title: Nothing in the United States
kind: row
severity: low
weight: 1
basis: house_default
source: {{text: an example, verified: true}}
subject: transfers
fails: country = 'US'
evidence: [data_set]
says: "{{data_set}}"
fix: Move it
tests:
  - {{given: {given}, expect: fail}}
"""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("{cuntry: US}", "no column 'cuntry'"),
        ("{country: US, transfer_basis: sccc}", "not a value of transfer_basis"),
        ("{country: US, is_personal: maybe}", "cannot be 'maybe'"),
    ],
)
def test_a_test_that_gives_what_cannot_be_is_a_problem(
    given: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "T-1.yaml").write_text(RULE.format(given=given), encoding="utf-8")
    (problem,) = check(tmp_path).problems
    assert says in str(problem)
    assert "rule T-1, test 1" in str(problem)


def test_a_test_that_gives_documented_values_is_none(tmp_path: Path) -> None:
    text = RULE.format(given="{country: US, transfer_basis: scc, is_personal: true}")
    (tmp_path / "T-1.yaml").write_text(text, encoding="utf-8")
    assert check(tmp_path).problems == ()
