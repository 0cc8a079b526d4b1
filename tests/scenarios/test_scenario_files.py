"""The spellings that a file of changes may use."""

from pathlib import Path

import pytest

from freehold.errors import InputError
from freehold.scenarios.changes import read_file


def changes(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "changes.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plain_key_is_the_one_key_column_of_the_table(tmp_path: Path) -> None:
    text = "- {table: providers, op: set, key: aws, column: parent_country, value: FR}\n"
    (change,) = read_file(changes(tmp_path, text)).changes
    assert change.target == "providers"
    assert change.key == {"provider_id": "aws"}


def test_a_row_to_add_may_stand_under_value(tmp_path: Path) -> None:
    text = "- {target: resources, op: add_row, value: {resource_id: n, provider_id: aws}}\n"
    (change,) = read_file(changes(tmp_path, text)).changes
    assert change.row == {"resource_id": "n", "provider_id": "aws"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {target: nowhere, op: remove_row, key: a}\n", "no table nowhere"),
        ("- {target: data_set_classes, op: remove_row, key: a}\n", "the key of data_set_classes"),
        ("- {target: resources, op: set, column: name, value: x}\n", "either a key or a where"),
    ],
)
def test_what_cannot_be_meant_is_said_in_plain_words(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_file(changes(tmp_path, text))
    assert "Value error" not in str(caught.value)
