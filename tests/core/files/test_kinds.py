"""What a file is, by its bytes and its name; what an operator sets; who can sign."""

import codecs
import stat
import zipfile
from pathlib import Path

import pytest

from dougong.builtin.files import signing
from dougong.builtin.files.kinds import KINDS, check_bytes, checked_kind
from dougong.builtin.files.settings import HOME, LARGEST, TYPES, settings
from dougong.builtin.sign_in.settings import SECRET_KEY
from dougong.errors import Invalid, SetupError

OFFICE = "application/vnd.openxmlformats-officedocument."
SHEET, LETTER = f"{OFFICE}spreadsheetml.sheet", f"{OFFICE}wordprocessingml.document"


def packed(path: Path, *members: str) -> Path:
    """A ZIP with these members."""
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "x" * 100)
    return path


def is_one(path: Path, kind: str) -> bool:
    """Whether a file is taken for one of a kind."""
    try:
        check_bytes(path, kind)
    except Invalid:
        return False
    return True


def test_office_documents_are_told_from_each_other_and_from_archives(tmp_path: Path) -> None:
    sheet = packed(tmp_path / "a", "[Content_Types].xml", "xl/workbook.xml")
    letter = packed(tmp_path / "b", "word/document.xml", "[Content_Types].xml")
    macros = packed(tmp_path / "c", "[Content_Types].xml", "xl/a.xml", "xl/vbaProject.bin")
    other = packed(tmp_path / "d", "a.txt")
    opened = packed(tmp_path / "e", "mimetype", "content.xml")

    assert [is_one(one, SHEET) for one in (sheet, letter, macros, other)] == [1, 0, 0, 0]
    assert [is_one(one, LETTER) for one in (sheet, letter)] == [False, True]
    assert is_one(opened, "application/vnd.oasis.opendocument.text")
    assert all(is_one(one, "application/zip") for one in (sheet, other))


def test_a_zip_whose_list_is_huge_or_lies_is_no_document(tmp_path: Path) -> None:
    real = packed(tmp_path / "a", "[Content_Types].xml", "xl/workbook.xml").read_bytes()
    at = real.rfind(b"PK\x05\x06")
    lies = tmp_path / "b"
    lies.write_bytes(real[: at + 12] + b"\xff\xff\xff\x7f" + real[at + 16 :])
    cut = tmp_path / "c"
    cut.write_bytes(real[: at + 8])

    assert not is_one(lies, SHEET)
    assert not is_one(cut, SHEET)


@pytest.mark.parametrize(
    "content",
    [
        "名称;价格\r\n斗拱;1\r\n".encode(),
        "名称;价格\r\n".encode("gb18030"),
        "Größe;Preis\n".encode("cp1252"),
        codecs.BOM_UTF8 + b"a;b",
        codecs.BOM_UTF16_LE + "名;b\n".encode("utf-16-le"),
    ],
    ids=["utf-8", "gb18030", "cp1252", "bom", "utf-16"],
)
def test_text_may_be_in_any_encoding(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert is_one(path, "text/csv")


@pytest.mark.parametrize(
    "content",
    [b"a;b\x00", b"\x1f\x8b\x08", codecs.BOM_UTF16_LE + b"a\x00\x07\x00", b"\xff\xfea\x00b"],
    ids=["nul", "gzip", "bell", "half"],
)
def test_what_has_control_characters_is_no_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert not is_one(path, "text/csv")


def test_types_are_known_by_their_other_names() -> None:
    every = frozenset(KINDS)

    assert checked_kind("Text/CSV; charset=gbk", "a.CSV", every) == "text/csv"
    assert checked_kind("application/vnd.ms-excel", "a.csv", every) == "text/csv"
    assert checked_kind("application/vnd.ms-excel", "a.xls", every) == "application/vnd.ms-excel"
    assert checked_kind("image/jpg", "a.jpeg", every) == "image/jpeg"
    with pytest.raises(Invalid, match="file_type"):
        checked_kind("image/png", "a.png", frozenset({"application/pdf"}))


def test_settings_that_cannot_be_are_refused(tmp_path: Path) -> None:
    assert settings({}, tmp_path).place == str(tmp_path / "files")
    assert settings({LARGEST: "5", TYPES: "text/CSV, image/png"}).types == {"text/csv", "image/png"}
    for variables in ({LARGEST: "x"}, {LARGEST: "0"}, {LARGEST: "2001"}, {TYPES: "a/b"}):
        with pytest.raises(SetupError, match="Fix: "):
            settings(variables)


def test_what_another_key_signed_is_read_as_long_as_that_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = "o" * 40, "n" * 40
    monkeypatch.setenv(SECRET_KEY, old)
    text = signing.signed("download", 1, None, "x")
    monkeypatch.setenv(SECRET_KEY, f"{new},{old}")
    assert signing.read("download", text) == ["1", "", "x"]
    assert signing.read("upload", text) is None
    assert signing.signed("download", 1, None, "x") != text

    monkeypatch.setenv(SECRET_KEY, new)

    assert signing.read("download", text) is None


def test_a_home_keeps_its_key_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SECRET_KEY, raising=False)
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    text = signing.signed("download", 1)
    signing._kept.cache_clear()  # as another process would find it

    assert signing.read("download", text) == ["1"]
    (key,) = (tmp_path / "home").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    monkeypatch.setenv(HOME, str(tmp_path / "other"))
    assert signing.read("download", text) is None
