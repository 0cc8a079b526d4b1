"""Bills of any content add up, or are refused in one sentence."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from tests.examples import examples
from tests.importers.bills import AZURE, CUR, GCP, OCI, lines, table
from tests.importers.conftest import Reader
from tests.importers.helpers import accepted

QUIET = settings(
    max_examples=examples(4),
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "NULL", "Usage", "Tax", "Purchase", "RIFee", "UnusedReservation", "Reservation", "36",
         "P1Y", "OneTime", "1", "-0.5", "1e400", "NaN", "USD", "eur", "us-east-1", "westeurope",
         "global", "01/31/2026", "2026-01-01", "2026-02-30", "infinity", "{", "[]", '"a": "b"',
         '{"a":1,"a":2}', '{"ServiceType":"Standard_D2s_v3"}', "/subscriptions/A/", "arn:aws:::",
         "ocid1.x.oc1.eu-paris-1.y", "i-1"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
)  # fmt: skip


def changes(base: dict[str, str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Return records that differ from `base` in a few cells."""
    return st.lists(st.dictionaries(st.sampled_from(list(base)), TEXTS, max_size=5), max_size=6)


def adds_up(importing: Reader, path: Path, records: int) -> None:
    """Check the account of a file, if it is not refused in one sentence."""
    try:
        result = importing(path)
    except InputError as error:
        assert "\n" not in str(error)
        assert "could not be worked through" not in str(error)
        assert "cannot be read" not in str(error)
        return
    account, frame = result.account, result.frames["resources"]
    assert account.adds_up
    assert account.read == records
    assert account.resources == len(frame)
    assert frame["resource_id"].is_unique
    origins = result.frames["provenance"].set_index("provenance_id")["records"]
    assert origins[frame["provenance_id"]].sum() == account.imported
    accepted(result)


@pytest.mark.slow
@pytest.mark.parametrize("base", [CUR, AZURE, OCI], ids=["aws", "azure", "oci"])
@QUIET
@given(data=st.data())
def test_any_table(
    tmp_path: Path, importing: Reader, base: dict[str, str], data: st.DataObject
) -> None:
    records = data.draw(changes(base))
    path = table(tmp_path / "bill", base, *records, quoting=1)
    adds_up(importing, path, len(records))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["key", "value", "amount", "description", "id", "region", "name"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@pytest.mark.slow
@QUIET
@given(
    records=st.lists(
        st.dictionaries(st.sampled_from(list(GCP)), JSON, max_size=4), min_size=1, max_size=5
    )
)
def test_any_lines(tmp_path: Path, importing: Reader, records: list[dict[str, object]]) -> None:
    path = lines(tmp_path / "bill", GCP, {}, {}, *records)
    adds_up(importing, path, len(records) + 2)
