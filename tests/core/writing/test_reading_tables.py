"""Files as people and spreadsheets write them, and files that mean harm."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gardens import Committed
from xlsxwriter import Workbook

from dougong import Refused
from dougong.builtin.import_export import import_file, reading, sheet_process
from dougong.builtin.import_export.labels import nearest, plain, yes_or_no
from dougong.builtin.import_export.reading import examine, opened
from dougong.builtin.import_export.values import PARSERS
from dougong.entity.model import Kind
from dougong_garden import Bed, Crop


def table(path: Path, **how: Any) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and all rows of a file."""
    with opened(examine(path), **how) as found:
        return found.header, list(found.rows)


def book(path: Path, *rows: list[Any]) -> Path:
    """A workbook with these rows."""
    with Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("name,crop\n斗拱,LEEK\n".encode("gb18030"), ""),
        ("name;crop\n斗拱;LEEK\n".encode(), ""),
        ("name\tcrop\n斗拱\tLEEK\n".encode("utf-8-sig"), ""),
        ("name|crop\r\n斗拱|LEEK\r\n".encode(), "|"),
        ("name,crop\n斗拱,LEEK\n".encode("utf-16"), ""),
        ('"name;x",crop\n斗拱,LEEK\n'.replace('"name;x"', "name").encode(), ""),
    ],
    ids=["GB 18030", "semicolons", "tabs and BOM", "said", "UTF-16", "commas"],
)
def test_encodings_and_delimiters_are_recognised(
    tmp_path: Path, content: bytes, delimiter: str
) -> None:
    file = tmp_path / "beds.csv"
    file.write_bytes(content)

    assert table(file, delimiter=delimiter) == (["name", "crop"], [(2, ["斗拱", "LEEK"])])


def test_a_workbook_is_read_with_its_lines_days_and_numbers(tmp_path: Path) -> None:
    file = book(
        tmp_path / "beds.xlsx",
        ["name", "length", "day", "ok"],
        ["North", 2.5, date(2026, 1, 31), True],
        [],
        ["South", 0.1 + 0.2, "2026-02-01", False],
        ["East", 1e9, "", ""],
    )

    header, rows = table(file)

    assert header == ["name", "length", "day", "ok"]
    assert rows == [
        (2, ["North", "2.5", "2026-01-31", "true"]),
        (4, ["South", "0.3", "2026-02-01", "false"]),
        (5, ["East", "1000000000", "", ""]),
    ]


def test_a_workbook_comes_in_as_a_csv_file_does(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden = committed("garden", "bees")
    file = book(tmp_path / "beds.xlsx", ["Name", "Crop", "LENGTH"], ["North", "leek", 2.5])

    garden.do(lambda ctx: import_file(ctx, Bed, file))

    found = garden.do(lambda ctx: [(b.name, b.crop, b.length) for b in ctx.find(Bed)])
    assert found == [("North", Crop.LEEK, Decimal("2.5"))]


def test_records_that_are_there_are_changed_by_their_natural_key(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden = committed("garden", "bees")
    garden.do(lambda ctx: ctx.create(Bed(name="Old", code="A", crop=Crop.LEEK)) and None)
    file = tmp_path / "beds.csv"
    file.write_text("code,name\nA,New\nB,Other\n")

    done = garden.do(lambda ctx: import_file(ctx, Bed, file, update="code"))

    found = garden.do(lambda ctx: [(b.code, b.name, b.crop, b.version) for b in ctx.find(Bed)])
    assert found == [("A", "New", Crop.LEEK, 2), ("B", "Other", Crop.CARROT, 1)]
    assert (done.rows, done.updated) == (1, 1)


def test_rows_may_link_to_others_of_the_same_file(
    committed: Callable[..., Committed], tmp_path: Path
) -> None:
    garden = committed("garden")
    file = tmp_path / "beds.csv"
    file.write_text("code,name,neighbour\nA,a,B\nB,b,C\nC,c,\nD,d,A\n")

    garden.do(lambda ctx: import_file(ctx, Bed, file))

    found = garden.do(lambda ctx: {b.code: b.neighbour and b.neighbour.code for b in ctx.find(Bed)})
    assert found == {"A": "B", "B": "C", "C": None, "D": "A"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.DATE, "2026/1/31", date(2026, 1, 31)),
        (Kind.DATE, "2026年1月31日", date(2026, 1, 31)),
        (Kind.BOOLEAN, "是", True),
        (Kind.BOOLEAN, "No", False),
    ],
)
def test_values_are_understood_as_people_write_them(kind: Kind, text: str, value: Any) -> None:
    assert PARSERS[kind](text) == value


def test_a_word_that_is_nearly_known_is_suggested() -> None:
    assert nearest("nmae", ["name", "code"]) == "name"
    assert nearest("xyz", ["name", "code"]) == ""
    assert plain("Ordered on") == plain("ordered_on") == plain("orderedOn")
    with pytest.raises(ValueError, match="neither true nor false"):
        yes_or_no("perhaps")


# What means harm ------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        table(path)
    return f"{refused.value.code}: {refused.value.params}"


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(600):
            part.write(bytes(1 << 20))

    assert "unpacked it has 600 MB" in refusal(file)


def test_a_workbook_whose_cells_lie_far_apart_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wide.xlsx"
    with Workbook(str(file)) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 16_383, "x")

    said = refusal(file)

    assert "too much memory" in said or "more than 1,000 columns" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 and no more", "it is no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel file"),
        (b"%PDF-1.7 ...", "a PDF file"),
        ("näme\nx\n".encode("latin-1"), "unknown_encoding"),
        (b"name\n" + b"x" * 1_100_000 + b"\n", "line_too_long"),
        (b"name\n" + b"x" * 110_000 + b"\n", "cell_too_long"),
        (b"," * 999_000, "names no columns"),
        (b",".join(b"c%d" % n for n in range(1_500)) + b"\n", "more than 1,000 columns"),
        (b"name\n" + b"," * 5_000 + b"x\n", "too_many_columns"),
        (b'name\n"open\n', "unexpected end of data"),
    ],
    ids=lambda one: one[:20].decode("latin-1") if isinstance(one, bytes) else one,
)
def test_a_hostile_file_is_refused_with_a_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content)

    assert words in refusal(file)


def test_a_reader_of_workbooks_that_grows_too_large_is_ended_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greedy = tmp_path / "greedy.py"
    limits = "import sys; sys.path.insert(0, {!r}); import sheet_process; sheet_process.limit()\n"
    folder = str(Path(sheet_process.__file__).parent)
    greedy.write_text(limits.format(folder) + "x = bytearray(4 << 30)\n")
    monkeypatch.setattr(sheet_process, "__file__", str(greedy))
    file = book(tmp_path / "beds.xlsx", ["name"], ["x"])

    assert "too much memory or time" in refusal(file)


def test_the_reader_of_workbooks_loads_nothing_of_ours() -> None:
    said = subprocess.run(
        [sys.executable, "-I", "-X", "importtime", sheet_process.__file__, "none.xlsx"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "it is no workbook" in said.stdout
    assert "dougong" not in said.stderr
    assert reading.LONGEST_LINE
