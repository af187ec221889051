"""The list of requirements is true: what it calls done has a test that is named after it."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\| (?P<id>[CSIX]\d{2}|S\d-\d+) \|.*\| (?P<addon>\w+) \| (?P<status>\w+) \|")
NAMED = re.compile(r"test_(?P<id>[CSIX]\d{2}|S\d_\d+)(?:_|$)")


def rows() -> list[re.Match[str]]:
    """The rows of the list."""
    text = (ROOT / "docs" / "requirements.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| [CSIX]\d", line)]
    found = [match for line in lines if (match := ROW.fullmatch(line))]
    assert len(found) == len(lines), "a row of docs/requirements.md is malformed"
    return found


def ids_with_a_test(root: Path) -> Iterator[str]:
    """The requirement ids that test functions are named after."""
    for pattern in ("tests/**/*.py", "addons/*/tests/**/*.py", "examples/*/tests/**/*.py"):
        for path in root.glob(pattern):
            for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    named = NAMED.match(node.name)
                    if named:
                        yield named["id"].replace("_", "-")


def test_every_requirement_stands_once_and_is_open_or_done() -> None:
    counted = Counter(row["id"] for row in rows())

    assert [row_id for row_id, times in counted.items() if times > 1] == []
    assert {row["status"] for row in rows()} <= {"open", "done"}
    assert len(counted) == 487


def test_every_requirement_marked_done_has_a_test_named_after_it() -> None:
    tested = set(ids_with_a_test(ROOT))

    assert [
        row["id"] for row in rows() if row["status"] == "done" and row["id"] not in tested
    ] == []


def test_every_test_is_named_after_a_requirement_of_the_list() -> None:
    known = {row["id"] for row in rows()}

    assert set(ids_with_a_test(ROOT)) - known == set()


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("test_C09_two_sellers_claim_one_lead", {"C09"}),
        ("test_S2_54_the_training_edition_holds_approved_notes", {"S2-54"}),
        ("test_S02_a_contract_is_signed", {"S02"}),
        ("test_C0_is_not_C09", set()),
        ("test_a_lead_is_created_C09", set()),
    ],
)
def test_an_id_is_read_from_the_beginning_of_a_name_and_whole(
    tmp_path: Path, name: str, ids: set[str]
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(f"def {name}(): ...")

    assert set(ids_with_a_test(tmp_path)) == ids
