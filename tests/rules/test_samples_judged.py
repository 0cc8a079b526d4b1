"""The sample estates under the shipped packs: violations, honest unknowns and passes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from freehold.compliance import Judgement, judge, packs, waivers
from freehold.estate import Workspace, document

DELIBERATE = {
    "bank": {
        "RES-EU-001", "GDPR-TIA-001", "RES-EEA-001", "RES-FLW-001", "RES-TEL-001", "EXT-EXP-001",
        "KEY-CUS-001", "KEY-CUS-002", "DORA-EXI-001", "DORA-REG-002", "DORA-CON-001",
        "DORA-CON-002", "EXI-PLN-002", "EXI-PLN-004", "CON-FAT-001", "CON-REG-001", "EXI-COM-001",
        "ISO-BAK-001", "OPS-INC-001", "ISO-PII-001", "SNC-CTR-001", "SNC-CTR-002",
        "GDPR-PRC-001", "GDPR-DPI-001", "AIA-TRA-001", "ISO-AUD-001",
    },
    "agency": {
        "RES-EEA-001", "RES-TEL-001", "EXT-EXP-001", "EXT-EXP-003", "EXI-PLN-001", "EXI-PLN-004",
        "CON-REG-003", "DATA-SWI-001",
        "GAIA-CTL-001", "NIS2-BCK-002",
        "GDPR-DPF-001", "NIS2-SUP-001", "ACC-RES-001", "DATA-JUR-001",
    },
    "manufacturer": {
        "RES-EU-001", "RES-DE-002", "RES-LOC-003", "EXT-EXP-002", "OWN-CHG-001", "EXI-PLN-001",
        "EXI-PLN-002", "DATA-SWI-001", "DATA-SWI-002", "OPS-CUT-002",
        "C5-ATT-002", "C3A-SRC-002", "C3A-PER-002",
        "EXT-SEC-001", "NIS2-CRA-001", "ACC-LED-001", "DATA-SWI-006",
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=sorted(DELIBERATE))
def opened(
    request: pytest.FixtureRequest, sample_document: Callable[[str], Path]
) -> Iterator[tuple[str, Workspace, Judgement]]:
    workspace = document.load(sample_document(request.param), lock=False)
    workspace.publish()
    chosen = [pack for pack in packs.shipped() if not pack.head.proposal]
    accepted = waivers.read(workspace.connection)
    judgement = judge(workspace.connection, chosen, workspace.as_of, waivers=accepted)
    yield request.param, workspace, judgement
    workspace.close()


@pytest.fixture
def judged(opened: tuple[str, Workspace, Judgement]) -> tuple[str, Judgement]:
    name, _, judgement = opened
    return name, judgement


def test_passes_fails_and_unknowns_are_all_there(judged: tuple[str, Judgement]) -> None:
    verdicts = judged[1].verdicts
    assert min(verdicts["pass"], verdicts["fail"], verdicts["unknown"]) > 20
    assert verdicts["not_applicable"] > 0


def test_the_deliberate_violations_are_found(judged: tuple[str, Judgement]) -> None:
    name, judgement = judged
    failing = {rule.id for rule in judgement.rules if rule.fail}
    assert DELIBERATE[name] - failing == set()


def test_a_waiver_holds_and_an_expired_one_fails_again(judged: tuple[str, Judgement]) -> None:
    states = {state.state: state for state in judged[1].waivers}
    assert set(states) == {"active", "expired"}
    assert states["active"].waived == 1
    assert states["expired"].left_failing == 1
    assert judged[1].verdicts["waived"] >= 1


def test_dora_binds_the_bank_alone(judged: tuple[str, Judgement]) -> None:
    name, judgement = judged
    applicable = {rule.id for rule in judgement.rules if rule.applicable}
    bound = {rule for rule in applicable if rule.startswith("DORA-")}
    assert bool(bound) == (name == "bank")
    dora = next(frame for frame in judgement.frameworks if frame.id == "dora")
    assert (dora.score is None) == (name != "bank")


def test_every_framework_map_gets_a_coverage(judged: tuple[str, Judgement]) -> None:
    found = {frame.id: frame for frame in judged[1].frameworks}
    for name in ("gdpr", "concentration"):
        assert 0 < found[name].coverage <= 1
        assert found[name].score is not None


def test_a_framework_that_nobody_asks_has_no_score(judged: tuple[str, Judgement]) -> None:
    name, judgement = judged
    found = {frame.id: frame for frame in judgement.frameworks}
    asked = {"bank": {"secnumcloud"}, "manufacturer": {"bsi-c5", "bsi-c3a"}, "agency": {"gaia-x"}}
    for frame in ("secnumcloud", "bsi-c5", "bsi-c3a", "ens", "hds", "acn", "gaia-x"):
        scored = found[frame].score is not None
        assert scored == (frame in asked[name]), frame
        assert scored or found[frame].coverage == 0


def test_dora_takes_the_place_of_nis2(judged: tuple[str, Judgement]) -> None:
    """NIS2 Art. 4 with DORA Art. 1(2): the bank names both regimes, DORA alone judges it."""
    name, judgement = judged
    applicable = {rule.id for rule in judgement.rules if rule.applicable}
    assert bool({rule for rule in applicable if rule.startswith("NIS2-")}) == (name != "bank")
    nis2 = next(frame for frame in judgement.frameworks if frame.id == "nis2")
    assert (nis2.score is None) == (name == "bank")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("ISO-BAK-001", "NIS2-BCK-001"),
        ("ISO-BAK-002", "NIS2-BCK-002"),
        ("OPS-INC-001", "NIS2-INC-001"),
        ("OPS-SBM-001", "NIS2-VUL-001"),
    ],
)
def test_one_finding_stands_once(judged: tuple[str, Judgement], here: str, there: str) -> None:
    applicable = [judged[1].rule(rule).applicable for rule in (here, there)]
    assert min(applicable) == 0
    assert max(applicable) > 0


def test_own_hardware_needs_no_certificate_of_a_provider(
    opened: tuple[str, Workspace, Judgement],
) -> None:
    """What the catalogue notes about schemes under on-prem is no certificate and asks for none."""
    connection = opened[1].connection
    told = connection.execute(
        "SELECT count(*) FILTER (provider = 'on-prem') FROM views.providers"
    ).fetchall()
    asked = connection.execute(
        "SELECT subject_id FROM results.verdicts WHERE rule_id IN ('CRT-ANY-001', 'CRT-OWN-001')"
    ).fetchall()
    assert told == [(1,)]
    assert asked
    assert ("on-prem",) not in asked
