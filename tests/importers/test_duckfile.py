"""DuckDB files of others: tables are copied out by the locked child, nothing else is run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from freehold.errors import InputError
from freehold.importers import Profile, duckfile, recognise
from freehold.sandbox import foreign
from freehold.workflows import documents
from freehold.workflows.importing import import_sources
from tests.importers.conftest import Reader, Writer

HOSTS = Profile(columns={"name": "Host", "region_id": "Where"}, constants={"provider_id": "aws"})
HOSTS_TABLE = (
    "CREATE TABLE hosts AS SELECT * FROM (VALUES ('a', 'eu-west-3'), ('b', 'eu-west-3'))"
    ' t("Host", "Where")'
)


def database(path: Path, *statements: str) -> Path:
    with duckdb.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute("CHECKPOINT")
    return path


def bill_table(csv: Path, name: str = "bill") -> str:
    return (
        f"CREATE TABLE {name} AS SELECT * REPLACE (BilledCost::DECIMAL(18,4) AS BilledCost, "
        "ChargePeriodStart::TIMESTAMPTZ AS ChargePeriodStart) "
        f"FROM read_csv('{csv}', all_varchar = true, nullstr = 'NULL')"
    )


@pytest.fixture
def bill(focus_file: Writer) -> Path:
    return focus_file({}, {"ResourceId": "i-2", "EffectiveCost": "3.25"}, {"RegionId": "nowhere"})


def test_a_focus_table_gives_the_account_of_the_csv(
    tmp_path: Path, bill: Path, importing: Reader
) -> None:
    # The name tells nothing, and of two tables only one is of a kind that is known.
    path = database(tmp_path / "export.bin", bill_table(bill), HOSTS_TABLE)
    assert recognise(path) == "focus"
    before = path.read_bytes()
    result, same = importing(path), importing(bill)
    own = {"source_name", "sha256", "notes"}
    assert result.account.model_dump(exclude=own) == same.account.model_dump(exclude=own)
    assert result.account.adds_up
    assert result.account.sha256 == hashlib.sha256(before).hexdigest()
    assert result.account.source_name == "export.bin#bill"
    assert set(result.frames["provenance"]["sha256"]) == {result.account.sha256}
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["bill.csv", "export.bin"]


def test_a_table_is_read_with_a_mapping_and_what_is_not_plain_is_counted(
    tmp_path: Path, bill: Path, importing: Reader
) -> None:
    path = database(
        tmp_path / "cmdb.duckdb",
        bill_table(bill),
        "CREATE SCHEMA it",
        'CREATE TABLE it.hosts ("Host" VARCHAR, "Where" ENUM (\'eu-west-3\'), parts INTEGER[], '
        'doubled VARCHAR GENERATED ALWAYS AS (upper("Host")))',
        "INSERT INTO it.hosts VALUES ('a', 'eu-west-3', [1]), ('b', 'eu-west-3', NULL)",
    )
    result = importing(path, profile=HOSTS)
    assert list(result.frames["resources"]["name"]) == ["a", "b"]
    assert set(result.frames["resources"]["region_id"]) == {"eu-west-3"}
    unread = {e.field: e.count for e in result.account.unknown if e.field in ("parts", "doubled")}
    assert unread == {"parts": 2, "doubled": 2}
    assert result.account.source_name == "cmdb.duckdb#it.hosts"


def test_one_of_several_tables_is_named(tmp_path: Path, bill: Path, importing: Reader) -> None:
    path = database(tmp_path / "a.duckdb", bill_table(bill), bill_table(bill, "bill2"), HOSTS_TABLE)
    with pytest.raises(InputError) as caught:
        importing(path)
    assert "2 tables to choose from: bill, bill2" in str(caught.value)
    assert f"{path.name}#bill" in str(caught.value)
    both = importing(path.with_name("a.duckdb#BILL"), path.with_name("a.duckdb#bill2"))
    assert both.account.read == 6
    with pytest.raises(InputError, match=r"no table 'other'.*bill2"):
        importing(path.with_name("a.duckdb#other"))
    with pytest.raises(InputError, match="Only of a database"):
        importing(bill.with_name("bill.csv#bill"))
    with pytest.raises(InputError, match="twice"):
        importing(path.with_name("a.duckdb#bill"), path.with_name("a.duckdb#bill"))


def test_no_view_or_macro_of_the_file_runs(tmp_path: Path, bill: Path, importing: Reader) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    path = database(
        tmp_path / "hostile.duckdb",
        bill_table(bill),
        f"CREATE VIEW a AS SELECT content AS \"Host\" FROM read_text('{secret}')",
        f"CREATE VIEW b AS SELECT * FROM '{bill}'",
        "CREATE VIEW c AS SELECT error('this ran') AS x FROM bill",
        f"CREATE MACRO duckdb_tables() AS TABLE SELECT content FROM read_text('{secret}')",
        "CREATE MACRO duckdb_columns() AS TABLE SELECT error('this ran')",
    )
    result = importing(path)
    assert result.account.source_name == "hostile.duckdb#bill"
    assert result.account.read == 3
    with pytest.raises(InputError, match="no table 'a'"):
        importing(path.with_name("hostile.duckdb#a"))
    named = database(
        tmp_path / "named.duckdb", 'CREATE TABLE "a\n\x1b[31m" AS SELECT 1 AS b', HOSTS_TABLE
    )
    with pytest.raises(InputError, match="2 tables to choose from") as caught:
        importing(named)
    assert str(caught.value).isprintable()
    views_only = database(
        tmp_path / "views.duckdb", f"CREATE VIEW a AS SELECT * FROM read_text('{secret}')"
    )
    with pytest.raises(InputError, match="views are not read"):
        importing(views_only)


@pytest.mark.parametrize(
    "attempt",
    [
        "FROM given.main.spy",
        "SELECT * FROM read_text('{secret}')",
        "COPY given.main.hosts TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "DROP TABLE given.main.hosts",
        "INSERT INTO given.main.hosts VALUES ('c', 'd')",
        "SET enable_external_access = true",
        "SET allowed_paths = ['{secret}']",
        "SET lock_configuration = false",
    ],
)
def test_what_the_file_is_attached_to_reaches_nothing_else(tmp_path: Path, attempt: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    view = f"CREATE VIEW spy AS SELECT content FROM read_text('{secret}')"
    path = database(tmp_path / "hostile.duckdb", HOSTS_TABLE, view)
    before = sorted(entry.name for entry in tmp_path.iterdir())
    with foreign.attached(str(path), 10.0) as connection:
        assert connection.execute("SELECT count(*) FROM given.main.hosts").fetchall() == [(2,)]
        with pytest.raises(duckdb.Error):
            connection.execute(attempt.format(secret=secret, folder=tmp_path)).fetchall()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before


def _header_sum(header: bytes) -> bytes:
    """The checksum with which DuckDB begins a block: words times a constant, all XORed."""
    total = 5381
    for at in range(0, len(header), 8):
        word = int.from_bytes(header[at : at + 8], "little")
        total ^= word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    return total.to_bytes(8, "little")


def _bad(tmp_path: Path) -> dict[str, bytes]:
    sound = database(tmp_path / "sound.duckdb", HOSTS_TABLE).read_bytes()
    later = sound[8:12] + (2000).to_bytes(8, "little") + sound[20:4096]
    locked = tmp_path / "locked.duckdb"
    with duckdb.connect() as connection:
        connection.execute("SET force_mbedtls_unsafe = 'true'")
        connection.execute(f"ATTACH '{locked}' AS e (ENCRYPTION_KEY 'a key')")
        connection.execute("CREATE TABLE e.t AS SELECT 1 AS a")
        connection.execute("DETACH e")
    return {
        "encrypted": locked.read_bytes(),
        "newer version": _header_sum(later) + later + sound[4096:],
        "no table": database(tmp_path / "empty.duckdb").read_bytes(),
        "damaged": sound[: len(sound) // 2],
        "damaged ": sound[:12],
        "damaged  ": sound[:12288] + bytes(byte ^ 0x5A for byte in sound[12288:]),
    }


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, importing: Reader) -> None:
    path = tmp_path / "bad"
    for words, content in _bad(tmp_path).items():
        path.write_bytes(content)
        with pytest.raises(InputError, match=words.strip()) as caught:
            importing(path)
        assert "\n" not in str(caught.value)
        assert "bad" in str(caught.value)


def test_a_database_in_use_or_with_a_log_beside_is_refused(
    tmp_path: Path, importing: Reader
) -> None:
    path = database(tmp_path / "a.duckdb", HOSTS_TABLE)
    program = (
        f"import duckdb; c = duckdb.connect({str(path)!r}); c.execute('CREATE TABLE b (a INT)');"
        " print(flush=True); input(); c.execute('CHECKPOINT'); print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin and other.stdout
        other.stdout.readline()
        log = tmp_path / "a.duckdb.wal"
        kept = log.read_bytes()
        with pytest.raises(InputError, match=r"a\.duckdb\.wal lies beside"):
            importing(path, profile=HOSTS)
        assert log.read_bytes() == kept
        other.stdin.write(b"\n")
        other.stdin.flush()
        other.stdout.readline()
        with pytest.raises(InputError, match="open in another program"):
            importing(path, profile=HOSTS)


def test_limits_are_told(
    tmp_path: Path, importing: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(tmp_path / "a.duckdb", HOSTS_TABLE, "CREATE TABLE other AS SELECT 1 AS a")
    for limit, value, words in (
        ("MAX_TABLES", 1, "more than 1 tables"),
        ("MAX_COLUMNS", 1, "hosts has more than 1 columns"),
        ("MAX_ROWS", 1, "more than 1 rows"),
        ("MAX_GIBIBYTES", 0, "more than 0 GiB"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(duckfile, limit, value)
            with pytest.raises(InputError, match=words):
                importing(path, profile=HOSTS)


def test_a_bad_database_changes_no_document(tmp_path: Path, bill: Path) -> None:
    document = tmp_path / "a.freehold"
    documents.create(document)
    before = document.read_bytes()
    bad = database(tmp_path / "bad.duckdb", bill_table(bill))
    bad.write_bytes(bad.read_bytes()[:5000])
    with pytest.raises(InputError, match="damaged"):
        import_sources(document, [bad])
    assert document.read_bytes() == before
