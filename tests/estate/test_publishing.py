"""What the published views say of an estate made for the purpose, point by point."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples import examples

from freehold.errors import InputError
from freehold.estate import Workspace, dictionary, publish

Rows = list[dict[str, Any]]

ESTATE: dict[str, Rows] = {
    "organisation": [
        {"organisation_id": "o", "name": "Bank", "country_iso2": "FR", "regimes": "gdpr; DORA",
         "required_seal": 2, "currency": "EUR", "sector": "bank"},
    ],
    "legal_entities": [{"entity_id": "e", "country_iso2": "FR", "lei": "LEI"}],
    "functions": [
        {"function_id": "pay", "critical": True, "entity_id": "e"},
        {"function_id": "idle", "critical": False},
    ],
    "applications": [{"application_id": "app", "function_id": "pay", "must_run": True}],
    "data_sets": [
        {"data_set_id": "patients", "application_id": "app"},
        {"data_set_id": "untold"},
        {"data_set_id": "tests", "application_id": "app"},
    ],
    "data_set_classes": [
        {"data_set_id": "patients", "class_id": "clinical_trial"},
        {"data_set_id": "tests", "class_id": "test"},
    ],
    "data_set_subjects": [
        {"data_set_id": "patients", "country_iso2": "DE"},
        {"data_set_id": "tests", "country_iso2": "BR"},
    ],
    "keys": [{"key_id": "k", "custody": 3, "provider_id": "aws", "country_iso2": "FR"}],
    "resources": [
        {"resource_id": "disk", "provider_id": "aws", "region_id": "eu-west-3",
         "service_category": "storage", "application_id": "app", "cost_monthly": "100",
         "cost_currency": "EUR", "key_id": "k"},
        {"resource_id": "vm", "provider_id": "ovhcloud", "service_category": "compute",
         "cost_monthly": "60", "cost_currency": "USD", "country_iso2": "FR"},
        {"resource_id": "odd", "provider_id": "nobody", "region_id": "x", "cost_monthly": "40",
         "cost_currency": "USD"},
        {"resource_id": "own", "provider_id": "on-prem", "country_iso2": "FR",
         "service_category": "gpu", "accelerator_id": "nvidia-h100-sxm", "accelerator_count": 8,
         "cost_monthly": "0", "cost_currency": "USD"},
    ],
    "services": [
        {"service_id": "s3", "provider_id": "aws", "function_id": "pay", "contract_id": "c1"},
    ],
    "service_profiles": [{"service_id": "s3", "identity_provider_id": "aws_govcloud"}],
    "contracts": [
        {"contract_id": "c1", "provider_id": "aws", "function_id": "pay", "entity_id": "e",
         "annual_cost": "12000000", "currency": "EUR", "governing_law_country": "IE",
         "open_ended": True},
        {"contract_id": "c2", "provider_id": "ovhcloud", "has_subcontractors": False},
    ],
    "exit_plans": [{"exit_plan_id": "x1", "contract_id": "c1", "exists": False,
                    "target_provider_id": "aws_govcloud"}],
    "subcontractors": [
        {"subcontractor_id": "sub", "contract_id": "c1", "name": "Helper", "rank": 2,
         "country_iso2": "IN", "parent_country_iso2": "IN"},
        {"subcontractor_id": "same", "contract_id": "c1", "provider_id": "aws", "rank": 1},
    ],
    "placements": [
        {"placement_id": "p1", "resource_id": "disk", "data_set_id": "patients",
         "role": "storage", "service_id": "s3"},
        {"placement_id": "p2", "data_set_id": "patients", "role": "failover",
         "provider_id": "azure", "region_id": "eastus", "transfer_instrument": "none"},
        {"placement_id": "p3", "data_set_id": "patients", "role": "support",
         "provider_id": "ovhcloud", "country_iso2": "IN", "transfer_instrument": "scc"},
        {"placement_id": "p4", "data_set_id": "patients", "role": "support",
         "provider_id": "ovhcloud", "country_iso2": "US", "transfer_instrument": "none"},
        {"placement_id": "p5", "data_set_id": "patients", "role": "telemetry",
         "provider_id": "ovhcloud"},
        {"placement_id": "p6", "data_set_id": "untold", "role": "backup",
         "provider_id": "ovhcloud", "country_iso2": "BR", "transfer_instrument": "none"},
    ],
    "workloads": [
        {"workload_id": "chat", "kind": "serving", "model_id": "llama2-7b", "provider_id": "aws",
         "region_id": "eu-west-3", "application_id": "app"},
        {"workload_id": "nightly", "kind": "batch", "provider_id": "ovhcloud"},
    ],
    "accelerator_pools": [
        {"pool_id": "pool", "provider_id": "aws", "region_id": "eu-west-3",
         "accelerator_id": "nvidia-h100-sxm", "quantity": 16, "used_for": "training"},
    ],
}  # fmt: skip


def build(
    tables: dict[str, Rows], as_of: date = date(2026, 11, 1), only: str | None = None
) -> Workspace:
    """Return an estate with its views, or with one view and what that is built from."""
    workspace = Workspace.new(as_of)
    for name, rows in tables.items():
        workspace.append(name, pd.DataFrame(rows, dtype=object))
    publish(workspace.connection, as_of=as_of, only=only)
    return workspace


@pytest.fixture(scope="module")
def estate() -> Iterator[Workspace]:
    workspace = build(ESTATE)
    yield workspace
    workspace.close()


def row(workspace: Workspace, view: str, key: str) -> dict[str, Any]:
    name = dictionary.views()[view].key[0]
    found = workspace.connection.execute(f"SELECT * FROM views.{view} WHERE {name} = ?", [key])
    names = [column[0] for column in found.description or []]
    rows = found.fetchall()
    assert len(rows) == 1, f"{len(rows)} rows of {view} have the key {key}"
    return dict(zip(names, rows[0], strict=True))


def test_every_view_has_exactly_the_documented_columns_and_types(estate: Workspace) -> None:
    for name, view in dictionary.views().items():
        got = estate.connection.execute(f"DESCRIBE views.{name}").fetchall()
        assert [(str(line[0]), str(line[1])) for line in got] == [
            (column, definition.sql_type) for column, definition in view.documented.items()
        ], name
    there = estate.connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'views'"
    ).fetchall()
    # Those with an underscore only help to build the others.
    assert {str(line[0]) for line in there if line[0][0] != "_"} == set(dictionary.views())


def test_keys_are_there_once_and_never_blank(estate: Workspace) -> None:
    for name, view in dictionary.views().items():
        key = view.key[0]
        got = estate.connection.execute(
            f"SELECT count(*), count({key}), count(DISTINCT {key}) FROM views.{name}"
        ).fetchall()[0]
        assert got[0] == got[1] == got[2], name


def test_values_lie_in_their_documented_domains(estate: Workspace) -> None:
    for name, view in dictionary.views().items():
        for column in view.columns:
            if column.values:
                got = estate.connection.execute(
                    f'SELECT DISTINCT "{column.name}" FROM views.{name}'
                    f' WHERE "{column.name}" IS NOT NULL'
                ).fetchall()
                assert {str(line[0]) for line in got} <= set(column.values), (name, column.name)


def test_every_resource_is_placed_explicitly_or_once_implicitly(estate: Workspace) -> None:
    assert row(estate, "placements", "p1")["explicit"] is True
    vm = row(estate, "placements", "resource:vm")
    assert (vm["explicit"], vm["role"], vm["provider"]) == (False, "processing", "ovhcloud")
    assert row(estate, "placements", "resource:odd")["role"] is None
    counts = estate.connection.execute(
        "SELECT count(*) FILTER (explicit), count(*) FILTER (NOT explicit) FROM views.placements"
    ).fetchall()[0]
    assert counts == (6, 3)


def test_a_placement_that_names_no_place_sits_where_its_resource_does(estate: Workspace) -> None:
    p1 = row(estate, "placements", "p1")
    assert (p1["provider"], p1["region"], p1["country"]) == ("aws", "eu-west-3", "FR")
    assert (p1["key_custody"], p1["function"], p1["critical"]) == (3, "pay", True)


def test_country_comes_from_the_region_else_from_the_row_else_unknown(estate: Workspace) -> None:
    assert row(estate, "resources", "disk")["country"] == "FR"
    assert row(estate, "resources", "vm")["country"] == "FR"
    odd = row(estate, "resources", "odd")
    assert (odd["country"], odd["is_eea"], odd["provider_group"], odd["exposed"]) == (None,) * 4


def test_own_hardware_belongs_to_the_organisation(estate: Workspace) -> None:
    own = row(estate, "resources", "own")
    assert (own["provider_group"], own["parent_country"], own["exposed"]) == ("Bank", "FR", False)


def test_exposure_reads_laws_of_other_countries_only(estate: Workspace) -> None:
    aws = row(estate, "providers", "aws")
    assert (aws["exposed"], aws["exposed_us"], aws["exposed_cn"]) == (True, True, False)
    assert row(estate, "providers", "ovhcloud")["exposed"] is False
    assert row(estate, "providers", "nobody")["exposed"] is None
    assert row(estate, "exposures", "ovhcloud/none")["in_force"] is False
    assert row(estate, "exposures", "nobody/none")["in_force"] is None


def test_home_law_is_not_foreign() -> None:
    at_home = build(
        {
            "organisation": [{"organisation_id": "o", "country_iso2": "US"}],
            "resources": [{"resource_id": "r", "provider_id": "aws"}],
        },
        only="providers",
    )
    assert row(at_home, "providers", "aws")["exposed"] is False
    at_home.close()


def test_a_lapsed_law_no_longer_exposes() -> None:
    tables = {"resources": [{"resource_id": "r", "provider_id": "aws"}]}
    later = build(tables, date(2027, 6, 1), only="exposures")
    assert row(later, "exposures", "aws/US-FISA702")["in_force"] is False
    assert row(later, "exposures", "aws/US-CLOUD")["in_force"] is True
    later.close()


def test_a_law_read_after_the_snapshot_is_undecided() -> None:
    workspace = build({"resources": [{"resource_id": "r", "provider_id": "aws"}]}, only="exposures")
    workspace.own_facts(["extraterritorial_laws"])
    workspace.connection.execute("UPDATE catalogue.extraterritorial_laws SET as_of = '2030'")
    publish(workspace.connection, as_of=workspace.as_of, only="exposures")
    assert row(workspace, "exposures", "aws/US-CLOUD")["in_force"] is None
    assert row(workspace, "providers", "aws")["exposed"] is None
    workspace.close()


def test_membership_follows_the_date() -> None:
    tables = {"resources": [{"resource_id": "r", "provider_id": "on-prem", "country_iso2": "GB"}]}
    for as_of, member in [(date(2020, 1, 31), True), (date(2020, 2, 1), False)]:
        workspace = build(tables, as_of, only="resources")
        found = row(workspace, "resources", "r")
        assert (found["is_eu"], found["is_eea"]) == (member, member)
        workspace.close()


def test_verified_is_lost_with_any_unverified_fact(estate: Workspace) -> None:
    connection = estate.connection
    for name, ok in connection.execute(
        "SELECT provider_id, verified FROM catalogue.providers"
        " WHERE provider_id IN ('aws', 'ovhcloud')"
    ).fetchall():
        assert row(estate, "providers", name)["parent_country__verified"] is ok
    assert row(estate, "providers", "nobody")["parent_country__verified"] is True
    assert row(estate, "resources", "vm")["country__verified"] is True


def test_a_class_implies_its_ancestors_and_silence_is_unknown(estate: Workspace) -> None:
    patients = row(estate, "data_sets", "patients")
    assert [patients[f"is_{name}"] for name in ("clinical_trial", "health", "personal", "all")] == [
        True
    ] * 4
    assert patients["is_payment"] is False
    assert row(estate, "data_sets", "untold")["is_health"] is None
    assert row(estate, "placements", "p1")["is_personal"] is True
    assert row(estate, "placements", "resource:vm")["is_personal"] is None


def test_subjects_in_the_eea(estate: Workspace) -> None:
    assert row(estate, "data_sets", "patients")["eea_subjects"] is True
    assert row(estate, "data_sets", "tests")["eea_subjects"] is False
    assert row(estate, "data_sets", "untold")["eea_subjects"] is None


@pytest.mark.parametrize(
    ("transfer", "basis"),
    [
        ("patients/p1", "eea"),
        ("patients/p2", "adequate"),  # US, takes part in the DPF
        ("patients/p3", "scc"),
        ("patients/p4", None),  # US, nobody says whether in the DPF, no instrument
        ("patients/p5", None),  # country unknown
        ("untold/p6", "adequate"),  # Brazil
        ("tests", None),  # no placement
    ],
)
def test_transfer_basis(estate: Workspace, transfer: str, basis: str | None) -> None:
    assert row(estate, "transfers", transfer)["transfer_basis"] == basis


def test_an_annulled_decision_leaves_no_basis(estate: Workspace) -> None:
    from freehold.estate.changes import Change

    applied = estate.apply(
        [Change(target="catalogue.adequacy", op="set", column="eu_adequacy", value="no",
                where="country_iso2 = 'US'")]
    )  # fmt: skip
    estate.publish()
    assert row(estate, "transfers", "patients/p2")["transfer_basis"] == "none"
    estate.undo(applied)
    estate.publish()
    assert row(estate, "transfers", "patients/p2")["transfer_basis"] == "adequate"


def test_obligations_bind_where_class_and_subjects_meet_the_law(estate: Workspace) -> None:
    found = estate.connection.execute(
        "SELECT law, data_class, binds, law_country, bool_or(abroad), bool_and(copy_in_country)"
        " FROM views.obligations WHERE data_set = 'patients' GROUP BY ALL"
    ).fetchall()
    german = [line for line in found if line[3] == "DE" and line[1] == "health"]
    assert german
    assert all(line[2] is True and line[4] is True and line[5] is False for line in german)
    gdpr = [line for line in found if line[0] == "GDPR Chapter V"]
    assert len(gdpr) == 1
    assert gdpr[0][3:] == (None, True, True)  # abroad somewhere, with a copy in the EU
    assert not [line for line in found if line[3] not in {"DE", None}]


def test_obligations_lose_no_data_set_and_never_explode(estate: Workspace) -> None:
    rows = estate.connection.execute(
        "SELECT data_set, placement, law, binds FROM views.obligations WHERE law IS NULL"
    ).fetchall()
    assert ("untold", "p6", None, None) in rows  # classes not told
    brazil = estate.connection.execute(
        "SELECT count(*), count(law) FROM views.obligations WHERE data_set = 'tests'"
    ).fetchall()[0]
    assert brazil[0] == max(brazil[1], 1)


def test_chain_holds_the_provider_and_its_subcontractors_once(estate: Workspace) -> None:
    rows = estate.connection.execute(
        "SELECT party, rank, party_country, key_custody, all_placements_eea, governing_law_is_eu"
        " FROM views.chain WHERE service = 's3' ORDER BY rank"
    ).fetchall()
    assert rows == [
        ("Amazon Web Services", 1, "US", 3, True, True),
        ("Helper", 2, "IN", 3, True, True),
    ]


def test_parents_without_children_appear_once_with_blanks(estate: Workspace) -> None:
    assert row(estate, "subcontractors", "none:c2")["has_subcontractors"] is False
    assert row(estate, "exit_plans", "none:c2")["exists"] is None
    assert row(estate, "failover_pairs", "idle")["failover_placement"] is None
    assert row(estate, "provider_owners", "nobody/none")["holder"] is None
    assert row(estate, "certifications", "nobody/none")["scheme"] is None


def test_failover_is_set_against_the_primary(estate: Workspace) -> None:
    pair = row(estate, "failover_pairs", "pay/p2")
    assert (pair["primary_placement"], pair["same_provider_group"]) == ("p1", False)
    assert (pair["same_region"], pair["same_country"]) == (False, False)


def test_groups_and_known_absence(estate: Workspace) -> None:
    assert row(estate, "service_profiles", "s3")["identity_same_group"] is True
    plan = row(estate, "exit_plans", "x1")
    assert (plan["exists"], plan["tested"], plan["target_same_group"]) == (False, False, True)


def test_register_fields_are_filled_or_not_never_unknown(estate: Workspace) -> None:
    filled = dict(
        estate.connection.execute(
            "SELECT template || '.' || column_code, filled FROM views.register_fields"
            " WHERE contract = 'c1'"
        ).fetchall()
    )
    assert filled["B_02.02.0080"] is True  # open-ended
    assert filled["B_02.02.0070"] is False
    assert filled["B_02.02.0020"] is True  # LEI of the entity that signs
    assert None not in filled.values()
    names = estate.connection.execute(
        "SELECT count(*) - count(column_name) FROM views.register_fields"
    ).fetchall()
    assert names == [(0,)]


def test_holdings_are_looked_through_the_parent_and_never_added_up(estate: Workspace) -> None:
    tables = {"services": [{"service_id": n, "provider_id": n} for n in ("exoscale", "outscale")]}
    owned = build(tables, only="provider_control")
    exoscale = row(owned, "provider_control", "exoscale")
    assert exoscale["non_eu_sum"] == pytest.approx(56.55)  # the Mexican holder of the parent
    assert exoscale["largest_non_eu"] == pytest.approx(56.55)
    assert exoscale["undecided"] is None
    assert exoscale["undecided_sum"] == pytest.approx(100 - 56.55 - 28.42)
    outscale = row(owned, "provider_control", "outscale")
    assert (outscale["non_eu_sum"], outscale["undecided_sum"]) == (0, 54)
    assert row(estate, "provider_control", "aws")["undecided"] is False
    unknown = row(estate, "provider_control", "nobody")
    assert (unknown["non_eu_sum"], unknown["undecided_sum"]) == (None, 100)


def test_costs_are_turned_into_dollars_or_left_unknown() -> None:
    tables: dict[str, Rows] = {
        "resources": [
            {"resource_id": "eur", "provider_id": "aws", "cost_monthly": "90000000",
             "cost_currency": "EUR"},
            {"resource_id": "xxx", "provider_id": "aws", "cost_monthly": "1",
             "cost_currency": "XXX"},
            {"resource_id": "own", "provider_id": "aws", "cost_monthly": "8",
             "cost_currency": "HUF"},
        ],
        "fx_rates": [
            {"date": "2026-01-01", "base": "EUR", "quote": "HUF", "rate": 400},
            {"date": "2026-12-01", "base": "EUR", "quote": "HUF", "rate": 1},
        ],
    }  # fmt: skip
    workspace = build(tables, only="resources")
    assert row(workspace, "resources", "eur")["cost_usd"] == Decimal("100548000.0000")
    assert row(workspace, "resources", "xxx")["cost_usd"] is None
    assert row(workspace, "resources", "own")["cost_usd"] == Decimal("0.0223")  # 8 / 400 * 1.1172
    workspace.append(
        "fx_rates",
        pd.DataFrame([{"date": "2026-10-31", "base": "EUR", "quote": "USD", "rate": 2}]),
    )
    publish(workspace.connection, as_of=workspace.as_of, only="resources")
    assert row(workspace, "resources", "eur")["cost_usd"] == Decimal("180000000.0000")
    workspace.close()
    before = build(tables, date(2020, 1, 1), only="resources")
    assert row(before, "resources", "eur")["cost_usd"] is None
    before.close()


def test_shares_count_the_undecided(estate: Workspace) -> None:
    aws = row(estate, "shares", "provider_group/resources/Amazon.com, Inc.")
    assert (aws["share"], aws["undecided_share"]) == (Decimal("0.25"), Decimal("0.25"))
    assert aws["undecided"] is None
    whole = row(estate, "shares", "provider/resources/aws")
    assert (whole["share"], whole["undecided"], whole["undecided_share"]) == (
        Decimal("0.25"), False, Decimal("0"),
    )  # fmt: skip
    cost = row(estate, "shares", "jurisdiction/cost/FR")
    assert cost["share"] == Decimal("0.811071")  # (111.72 + 60) / 211.72
    chips = row(estate, "shares", "chip_vendor/accelerators/NVIDIA")
    assert (chips["share"], chips["hhi"], chips["is_largest"]) == (1, 1, True)


def test_shares_without_a_base_are_unknown() -> None:
    lacking = build(
        {
            "resources": [
                {"resource_id": "a", "provider_id": "aws", "cost_monthly": "1",
                 "cost_currency": "USD"},
                {"resource_id": "b", "provider_id": "azure"},
            ]
        },
        only="shares",
    )  # fmt: skip
    share = row(lacking, "shares", "provider/cost/aws")
    assert (share["share"], share["undecided_share"], share["hhi"]) == (None, None, None)
    assert share["is_largest"] is None
    lacking.close()


def test_a_critical_function_counts_in_equal_parts_for_each_of_its_members() -> None:
    places = [("aws", "eu-west-3"), ("aws", "eu-west-1"), ("scaleway", "fr-par")]
    spread = build(
        {
            "functions": [{"function_id": "pay", "critical": True}],
            "applications": [{"application_id": "app", "function_id": "pay"}],
            "data_sets": [{"data_set_id": "d", "application_id": "app"}],
            "placements": [
                {"placement_id": str(i), "data_set_id": "d", "role": "storage",
                 "provider_id": provider, "region_id": region}
                for i, (provider, region) in enumerate(places)
            ],
        },
        only="shares",
    )  # fmt: skip
    found = spread.connection.execute(
        "SELECT member, share FROM views.shares WHERE base = 'critical_functions'"
        " AND dimension = 'provider' ORDER BY member"
    ).fetchall()
    assert found == [("aws", Decimal("0.5")), ("scaleway", Decimal("0.5"))]
    spread.close()


def test_a_dimension_nobody_knows_still_shows(estate: Workspace) -> None:
    nobody = build({"resources": [{"resource_id": "a"}]}, only="shares")
    share = row(nobody, "shares", "provider/resources/-")
    assert (share["member"], share["share"], share["undecided_share"]) == (None, 0, 1)
    assert share["hhi_high"] == 1
    nobody.close()


def test_sites_and_groups_of_a_function(estate: Workspace) -> None:
    pay = row(estate, "functions", "pay")
    assert (pay["site_count"], pay["has_failover"]) == (None, True)
    assert pay["provider_group_count"] == 3
    idle = row(estate, "functions", "idle")
    assert (idle["site_count"], idle["has_failover"]) == (None, None)


def test_publishing_other_tables_says_what_they_lack() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA estate; CREATE SCHEMA catalogue")
    with pytest.raises(InputError, match="views cannot be built"):
        publish(connection, as_of=date(2026, 1, 1))


def test_an_error_leaves_the_views_of_before(estate: Workspace) -> None:
    connection = estate.connection
    before = connection.execute("SELECT * FROM views.resources").fetchall()
    connection.execute("ALTER TABLE estate.answers RENAME TO elsewhere")
    try:
        with pytest.raises(InputError):
            estate.publish()
    finally:
        connection.execute("ALTER TABLE estate.elsewhere RENAME TO answers")
    assert connection.execute("SELECT * FROM views.resources").fetchall() == before


_PROVIDERS = st.sampled_from(["aws", "azure", "ovhcloud", "hetzner", "nobody", None])
_RESOURCES = st.lists(
    st.fixed_dictionaries(
        {
            "provider_id": _PROVIDERS,
            "region_id": st.sampled_from(["eu-west-3", "eastus", "GRA", None]),
            "cost_monthly": st.sampled_from(["0", "1.5", "20", "333.33", None]),
            "cost_currency": st.just("USD"),
            "placed": st.booleans(),
        }
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def drawn() -> Iterator[Workspace]:
    """An estate whose resources and placements are drawn."""
    workspace = Workspace.new(date(2026, 11, 1))
    yield workspace
    workspace.close()


@settings(max_examples=examples(4), deadline=None)
@given(resources=_RESOURCES)
def test_no_view_loses_a_subject_and_shares_add_up(drawn: Workspace, resources: Rows) -> None:
    rows = [{"resource_id": f"r{n}", **line} for n, line in enumerate(resources)]
    placed = [line["resource_id"] for line in rows if line.pop("placed")]
    copies = [{"placement_id": f"p-{name}-{copy}", "resource_id": name}
              for name in placed for copy in (1, 2)]  # fmt: skip
    drawn.replace("resources", pd.DataFrame(rows))
    drawn.replace("placements", pd.DataFrame(copies, columns=["placement_id", "resource_id"]))
    connection = drawn.connection
    publish(connection, as_of=drawn.as_of, only="shares")
    assert connection.execute("SELECT count(*) FROM views.resources").fetchall() == [(len(rows),)]
    assert connection.execute("SELECT count(*) FROM views.placements").fetchall() == [
        (2 * len(placed) + len(rows) - len(placed),)
    ]
    for total, high, low in connection.execute(
        "SELECT sum(share) + max(undecided_share), max(hhi_high), max(hhi) FROM views.shares"
        " WHERE share IS NOT NULL GROUP BY dimension, base"
    ).fetchall():
        assert float(total) == pytest.approx(1, abs=1e-4)
        assert 0 <= low <= high <= 1
