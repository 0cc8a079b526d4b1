"""Shocks: every one of the library runs, combined as in sequence, and nothing moves by itself."""

import pytest

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Place, apply_changes, resolve, undo_changes
from freehold.estate.resolving import understood
from freehold.scenarios import Run, run
from freehold.scenarios.blast import function_losses
from freehold.scenarios.schemas import schemas_of
from freehold.scenarios.shocks import changes_of_shocks, library, run_shocks, settle

ASKED = {
    "adequacy_us_annulled", "provider_cutoff", "provider_cutoff_notice", "provider_insolvent",
    "provider_acquired", "neocloud_consolidation", "operator_sanctioned", "export_control_chip",
    "lead_time_doubled", "region_lost_fire", "spot_dry", "gpu_price_up_40", "gpu_price_down_60",
    "power_price_x3", "currency_move", "data_act_free_switching", "cada_in_force",
    "dora_ctpp_designated", "ng_payment_data", "eg_permit", "ai_act_high_risk",
    "secnumcloud_withdrawn", "subcontractor_replaced", "model_licence_withdrawn",
    "open_weight_replaces_api", "demand_x5",
}  # fmt: skip
"""Events a planning meeting asks about by name."""


def test_the_library_holds_what_meetings_ask_for(published_bank: Workspace) -> None:
    shocks = library(published_bank.connection)
    assert set(shocks) >= ASKED
    assert len(shocks) >= 40
    for shock in shocks.values():
        assert shock.title and shock.says and shock.source and shock.as_of
        assert all(parameter.doc and parameter.source for parameter in shock.parameters)


def test_every_shock_fits_the_estate(published_bank: Workspace) -> None:
    place = schemas_of(published_bank)
    for name in library(published_bank.connection):
        changes, settings, _ = changes_of_shocks(published_bank, [name], place=place)
        assert all(s.value is not None or s.basis == "estate" for s in settings[name])
        for change in changes:
            target = resolve(change)
            if change.where is not None:
                understood(
                    published_bank.connection, target, change.where, change.parameters, place=place
                )


def test_a_parameter_of_the_estate_is_the_heaviest_member(published_bank: Workspace) -> None:
    place = schemas_of(published_bank)
    shock = library(published_bank.connection)["provider_cutoff"]
    (setting,) = settle(published_bank.connection, place, [shock])["provider_cutoff"]
    counts = published_bank.connection.execute(
        "SELECT provider, count(*) FROM views.placements WHERE parent_country = 'US' GROUP BY 1"
    ).fetchall()
    assert setting.value == max(counts, key=lambda row: (row[1], row[0]))[0]
    assert setting.assumed
    (given,) = settle(published_bank.connection, place, [shock], {"provider": "azure"})[
        "provider_cutoff"
    ]
    assert (given.value, given.assumed) == ("azure", False)


@pytest.mark.parametrize(
    ("names", "given", "says"),
    [
        (["provider_cutof"], {}, "Did you mean provider_cutoff"),
        ([], {}, "No shock is named"),
        (["demand_x5"], {"provider": "aws"}, "parameter 'provider'"),
        (["demand_x5"], {"factor": "many"}, "no number"),
        (["demand_x5"], {"factor": "0"}, "out of range"),
        (["demand_x5"], {"factor": "nan"}, "out of range"),
        (["provider_cutoff"], {"provider": "nobody"}, "no provider 'nobody'"),
        (["adequacy_any_lost"], {"country": "ZZ"}, "'ZZ'"),
        (["ng_payment_data"], {"as_of": "soon"}, "not a date"),
        (["power_price_x3"], {"countries": "FR,ZZ"}, "'ZZ'"),
    ],
)
def test_bad_names_and_values_get_one_sentence(
    published_bank: Workspace, names: list[str], given: dict[str, str], says: str
) -> None:
    with pytest.raises(InputError) as caught:
        changes_of_shocks(published_bank, names, given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def base(published_bank: Workspace) -> Run:
    return run(published_bank)


def test_a_shock_that_touches_nothing_changes_nothing(published_bank: Workspace, base: Run) -> None:
    found = run_shocks(published_bank, ["vmware_price_x10"], known=base)
    before, after = base.measures, found.run.measures
    assert (after.score, after.coverage) == (before.score, before.coverage)
    assert after.cost_usd == before.cost_usd
    assert (found.rules, found.levels, found.functions) == ((), (), ())
    assert found.recovery is None
    assert any("Nothing in the estate" in notice for notice in found.notices)


def test_combined_shocks_are_the_shocks_in_sequence(published_bank: Workspace) -> None:
    names = ["hyperscaler_list_price", "provider_cutoff"]
    both, _, _ = changes_of_shocks(published_bank, names)
    each = [changes_of_shocks(published_bank, [name])[0] for name in names]
    assert both == [*each[0], *each[1]]
    connection, place = published_bank.connection, Place(as_of=published_bank.as_of)
    own = [[c for c in part if c.target == "estate.resources"] for part in (both, *each)]
    together = apply_changes(connection, own[0], place)
    rows = published_bank.frame("resources")
    undo_changes(connection, together, place)
    in_turn = [apply_changes(connection, part, place) for part in own[1:]]
    assert published_bank.frame("resources").equals(rows)
    for applied in reversed(in_turn):
        undo_changes(connection, applied, place)
    assert not published_bank.frame("resources").equals(rows)


def test_a_cut_off_names_what_is_lost_and_a_way_back(published_bank: Workspace, base: Run) -> None:
    before = published_bank.frame("resources")
    found = run_shocks(published_bank, ["provider_cutoff"], {"provider": "azure"}, known=base)
    lost = {f.function: f for f in found.functions if f.state == "lost"}
    assert set(lost) >= {"F-CREDIT", "F-PRIVATE"}
    critical = [f for f in lost.values() if f.critical]
    assert found.run.measures.critical_functions_lost == len(critical)
    assert base.measures.critical_functions_lost == 0
    # Six months of an exit plan are longer than any recovery time of hours.
    assert (lost["F-OFFICE"].way_back, lost["F-OFFICE"].within_rto) == ("exit_plan", False)
    back = found.recovery
    assert back is not None and (back.status, back.stranded) == ("planned", {})
    assert {"APP-LOANS", "APP-OFFICE", "W-SCORE"} <= {move.what for move in back.moves}
    assert all(move.provider != "azure" for move in back.moves)
    assert back.lead_days is not None and back.lead_days > 30
    # Its only copies lie with the provider that is cut off.
    assert "D-LOANS" in back.data_lost
    assert back.critical_functions_lost == 0
    more = sum(move.usd_per_month - (move.before_usd or 0.0) for move in back.moves)
    assert back.extra_usd == pytest.approx(more)
    assert published_bank.frame("resources").equals(before)
    place = found.run.schemas
    told = function_losses(published_bank.connection, place, notice_hours=1e6)
    office = next(f for f in told if f.function == "F-OFFICE")
    assert (office.way_back, office.away_hours, office.within_rto) == ("notice", 0.0, True)


def test_data_without_a_legal_basis_get_a_place_that_has_one(
    published_bank: Workspace, base: Run
) -> None:
    back = run_shocks(published_bank, ["adequacy_us_annulled"], known=base).recovery
    assert back is not None and back.status == "planned"
    assert {move.what for move in back.moves} == {"APP-CLICK", "APP-PILOT"}
    assert all(move.country != "US" for move in back.moves)
    assert back.is_compliant and back.failing == {}
    assert back.lead_basis.startswith("transition period of C-AWS-02")


def test_an_outage_ends_and_demand_beyond_the_devices_goes_unserved(
    published_bank: Workspace, base: Run
) -> None:
    found = run_shocks(
        published_bank,
        ["region_lost_fire", "demand_x5"],
        {"provider": "azure", "region": "francecentral", "factor": "500"},
        with_recovery=False,
        known=base,
    )
    away = {f.function: f.away_hours for f in found.functions if f.state == "lost"}
    assert set(away.values()) == {21 * 24.0}
    unserved = found.run.measures.unserved_share
    assert base.measures.unserved_share == 0.0
    assert unserved is not None and 0.0 < unserved < 1.0
