"""Hostile and broken files: one clear sentence, never anything else."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.errors import InputError
from freehold.importers import Profile
from tests.examples import examples
from tests.importers.conftest import Reader, Writer
from tests.importers.helpers import CHARGE, accepted

QUIET = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
DEAR = settings(QUIET, max_examples=examples(7))


def refused(importing: Reader, path: Path) -> str:
    with pytest.raises(InputError) as caught:
        importing(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "could not be worked through" not in sentence
    return sentence


def bomb(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"   \n \n", "blank"),
        (b"hello", "does not know this kind"),
        (bytes(range(256)) * 40, "binary"),
        (b"\x7fELF" + b"\x00\x01\x02" * 500, "binary"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "binary"),
        (b'{"version": 4, "terraform_version": "1", "resources": [', "cut off"),
        (b'{"version": 4 "x"}', "not valid"),
        (b"[" * 100_000, "nested too deeply|cut off"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"version": ' + b"9" * 10_000 + b"}", "too long"),
        (b"\x1f\x8b\x08\x00rubbish", "damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 1000, mtime=0)[:-20], "damaged"),
        (gzip.compress(b"", mtime=0), "holds nothing"),
        (b"PK\x03\x04rubbish", "damaged"),
        (b"PAR1rubbish", "too early"),
        (b"PAR1" + bytes(100) + b"PAR1", "damaged"),
        (bomb({"a.txt": b"x"}), "does not know this kind"),
        (bomb({"xl/workbook.xml": b"<x"}), "damaged"),
        (bomb({"xl/workbook.xml": b"", "../evil": b""}), "leaves it"),
        (bomb({"xl/workbook.xml": b"", "xl/a": bytes(30_000_000)}), "times its size"),
        (b"\xff\xfe" + b"\x00", "UTF-16|blank"),
    ],
)
def test_broken_files(tmp_path: Path, importing: Reader, content: bytes, says: str) -> None:
    import re

    path = tmp_path / "given"
    path.write_bytes(content)
    assert re.search(says, refused(importing, path))


def test_places_that_are_no_files(tmp_path: Path, importing: Reader) -> None:
    assert "folder" in refused(importing, tmp_path)
    assert "no such file" in refused(importing, tmp_path / "none.csv")
    assert "no such file" in refused(importing, Path("a\x00b"))
    with pytest.raises(InputError, match="no file to import"):
        importing()


def test_truncated_bill_is_refused(focus_file: Writer, importing: Reader) -> None:
    path = focus_file({}, {"ResourceId": "b"}, {"ResourceId": "c"})
    whole = path.read_bytes()
    path.write_bytes(whole[:-60])
    assert "cut off" in refused(importing, path)


def test_gzip_that_grows_without_end(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(200_000_000), mtime=0))
    assert "500 times" in refused(importing, path)


def test_header_only_and_other_tables(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "x.csv"
    path.write_text(",".join(CHARGE) + "\n")
    assert "no records" in refused(importing, path)
    path.write_text("a,b,c\n1,2,3\n")
    assert "--map PROFILE" in refused(importing, path)


@pytest.mark.slow
@given(data=st.binary(max_size=400))
@QUIET
def test_any_bytes(tmp_path: Path, importing: Reader, data: bytes) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(data)
    refused(importing, path)


@pytest.mark.slow
@given(data=st.binary(max_size=300), name=st.sampled_from(["xlsx", "gzip", "parquet"]))
@QUIET
def test_any_damage_in_a_container(
    tmp_path: Path, importing: Reader, data: bytes, name: str
) -> None:
    start = {"xlsx": b"PK\x03\x04", "gzip": b"\x1f\x8b\x08\x00", "parquet": b"PAR1"}[name]
    path = tmp_path / "container"
    path.write_bytes(start + data)
    refused(importing, path)


TEXTS = st.one_of(
    st.sampled_from(
        ["NULL", "", "Usage", "Tax", "EUR", "usd", "AWS", "Microsoft", "eu-west-3", "westeurope",
         "1", "-0.5", "1e9", "9e99", "2026-01-01", "2026-02-01T00:00:00Z", "global", '{"a":1}',
         "{", "[]", '{"a":1,"a":2}', "us-east-1a", "0.1", "Compute", "id"]
    ),
    st.text(max_size=12),
)  # fmt: skip


USAGE = st.one_of(st.just("Usage"), st.just("Usage"), TEXTS)
COST = st.one_of(st.decimals(allow_nan=True, places=6).map(str), TEXTS)
PICKED = {"ChargeCategory": USAGE, "EffectiveCost": COST, "BilledCost": COST}
RECORD = st.fixed_dictionaries({key: PICKED.get(key, TEXTS) for key in CHARGE})


@pytest.mark.slow
@given(records=st.lists(RECORD, max_size=8))
@DEAR
def test_any_bill_adds_up_or_is_refused(
    tmp_path: Path, importing: Reader, records: list[dict[str, str]]
) -> None:
    path = tmp_path / "bill.csv"
    with path.open("w", encoding="utf-8", newline="", errors="surrogatepass") as out:
        writer = csv.DictWriter(out, list(CHARGE), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(records)
    try:
        result = importing(path)
    except InputError as error:
        assert "could not be worked through" not in str(error)
        return
    account = result.account
    assert account.adds_up
    assert account.read == len(records)
    assert account.resources == len(result.frames["resources"])
    assert result.frames["provenance"]["records"].sum() == account.imported
    for currency, total in account.resource_totals.items():
        frame = result.frames["resources"]
        code = frame["cost_currency"].fillna("XXX")
        carried = frame.loc[code == currency, "effective_cost"].sum()
        if abs(total) < 10**9:
            assert carried == pytest.approx(float(total), abs=1e-3)
    accepted(result)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["resources", "instances", "attributes", "type", "name", "mode", "values", "modules",
             "root_module", "planned_values", "configuration", "id", "arn", "region", "tags",
             "child_modules", "path", "primary", "index_key", "sensitive_attributes", "address"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@pytest.mark.slow
@given(
    body=JSON,
    shape=st.sampled_from(["four", "three", "shown", "plan", "raw"]),
    resources=st.lists(JSON, max_size=4),
)
@DEAR
def test_any_json_adds_up_or_is_refused(
    tmp_path: Path, importing: Reader, body: object, shape: str, resources: list[object]
) -> None:
    document: object = {
        "four": {"version": 4, "terraform_version": "1", "resources": [
            {"type": "aws_instance", "name": "a", "instances": resources},
            {"type": "x", "instances": [{"attributes": body}]}, body]},
        "three": {"version": 3, "modules": [{"path": ["root"], "resources": body}, body]},
        "shown": {"terraform_version": "1", "values": {"root_module": {"resources": resources,
                  "child_modules": body}}},
        "plan": {"planned_values": {"root_module": {"resources": resources}},
                 "configuration": body, "resource_changes": resources, "variables": body},
        "raw": body,
    }[shape]  # fmt: skip
    path = tmp_path / "any.json"
    path.write_text(json.dumps(document), encoding="utf-8", errors="surrogatepass")
    try:
        result = importing(path)
    except InputError as error:
        assert "could not be worked through" not in str(error)
        return
    assert result.account.adds_up
    assert result.account.resources == len(result.frames["resources"])
    accepted(result)


@pytest.mark.slow
@given(
    rows=st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
@DEAR
def test_any_table_adds_up_or_is_refused(
    tmp_path: Path, importing: Reader, rows: list[list[str]], delimiter: str
) -> None:
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="", errors="surrogatepass") as out:
        writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow(["Name", "Cost", "Day"])
        writer.writerows(rows)
    profile = Profile(columns={"name": "Name", "billed_cost": "Cost", "charge_from": "Day"})
    try:
        result = importing(path, profile=profile)
    except InputError as error:
        assert "could not be worked through" not in str(error)
        return
    assert result.account.adds_up
    assert result.account.read == len(rows)
    assert result.account.resources == len(result.frames["resources"])
    accepted(result)
