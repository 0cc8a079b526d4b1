"""Recorded requests: the public formats, rows that are broken, files that are none."""

import json
from pathlib import Path

import pytest

from freehold.capacity.load import read_trace
from freehold.errors import InputError

_AZURE = """TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.6805900,374,44
2023-11-16 18:15:50.9951690,396,109
2023-11-16 18:15:51.2225670,879,55
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "trace.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_azure_trace(tmp_path: Path) -> None:
    trace = read_trace(_written(tmp_path, _AZURE))
    assert trace.form == "Azure LLM inference trace"
    assert trace.requests.arrival_s.tolist() == pytest.approx([0.0, 4.314579, 4.541977])
    assert trace.requests.prompt.tolist() == [374, 396, 879]
    assert trace.requests.output.tolist() == [44, 109, 55]
    assert (trace.rows, trace.broken, trace.was_ordered) == (3, (), True)


def test_a_mooncake_trace_is_the_same_as_json_lines_and_as_csv(tmp_path: Path) -> None:
    rows = [
        {"timestamp": 3000, "input_length": 900, "output_length": 5, "hash_ids": [7, 8]},
        {"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]},
    ]
    lines = read_trace(_written(tmp_path, "\n".join(json.dumps(row) for row in rows)))
    table = read_trace(
        _written(
            tmp_path,
            "timestamp,input_length,output_length,hash_ids\n"
            '3000,900,5,"[7, 8]"\n27482,6955,52,"[46, 47]"\n',
        )
    )
    for trace in (lines, table):
        assert trace.requests.arrival_s.tolist() == pytest.approx([0.0, 24.482])
        assert trace.requests.blocks == ((7, 8), (46, 47))
        assert trace.requests.output.tolist() == [5, 52]


def test_a_broken_row_is_told_with_its_line_and_the_others_are_kept_in_order(
    tmp_path: Path,
) -> None:
    trace = read_trace(
        _written(
            tmp_path,
            _AZURE
            + "yesterday,10,10\n"
            + "2023-11-16 18:15:52,many,10\n"
            + "2023-11-16 18:15:53,0,10\n"
            + "2023-11-16 18:15:54,10,-1\n"
            + "2023-11-16 18:15:55,10.5,1\n"
            + "2023-11-16 18:15:56,10\n"
            + "2023-11-16 18:15:57,,1\n"
            + "2023-11-16 18:15:40,12,1\n",
        )
    )
    assert {row.line: row.reason for row in trace.broken} == {
        5: "TIMESTAMP is not a date and time: 'yesterday'",
        6: "ContextTokens is not a number: 'many'",
        7: "ContextTokens cannot be 0: a count of tokens is needed",
        8: "GeneratedTokens cannot be -1: a count of tokens is needed",
        9: "ContextTokens cannot be 10.5: a count of tokens is needed",
        10: "2 cells, not 3",
        11: "ContextTokens is missing",
    }
    assert trace.rows == 11 == len(trace.requests) + len(trace.broken)
    assert not trace.was_ordered
    assert trace.requests.prompt.tolist() == [12, 374, 396, 879]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no rows"),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\n", "no rows"),
        ("a,b\n1,2\n", "none of the known sets of columns"),
        ("TIMESTAMP,ContextTokens,GeneratedTokens\nx,1,1\n", "no usable row; line 2"),
        ('{"timestamp": 1}\n', "none of the known sets of columns"),
        ("{broken\n{broken\n", "none of the known sets of columns"),
    ],
)
def test_what_is_no_trace_is_one_sentence(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        read_trace(_written(tmp_path, text))


def test_a_file_that_is_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such trace"):
        read_trace(tmp_path / "absent.csv")
    (tmp_path / "trace.csv").write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(InputError, match="UTF-8"):
        read_trace(tmp_path / "trace.csv")
