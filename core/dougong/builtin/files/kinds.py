"""Kinds of files that are taken, how each is known by its bytes, and what is disguised.

A closed list: what is in no list cannot be told from others, so nobody could say that it is not disguised.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dougong.builtin.files.names import ending_of
from dougong.errors import Invalid

HEAD = 4096
PIECE = 1 << 20
MOST_DIRECTORY = 4 << 20
"""How many bytes the list of a ZIP's members has at most."""
LONGEST_END = 65_557
"""How far from its end a ZIP may say where that list is."""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOT_CONTROL = bytes(set(range(32, 256)) | {9, 10, 12, 13, 27})
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Kind:
    """One content type."""

    endings: tuple[str, ...]
    begins: tuple[tuple[int, bytes], ...] = ()
    """Any of these bytes stands at its place; none: it is text."""
    members: tuple[bytes, ...] = ()
    """Names that a ZIP of this kind lists."""
    has: bytes = b""
    """What stands in the beginning of such a text."""
    shown: bool = False
    """Whether a browser may show it: nothing in it can run."""


def _zip(ending: str, *members: bytes) -> Kind:
    return Kind((ending,), ((0, b"PK\x03\x04"),), members)


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
KINDS: Mapping[str, Kind] = {
    "application/pdf": Kind((".pdf",), ((0, b"%PDF-"),)),
    "image/png": Kind((".png",), ((0, b"\x89PNG\r\n\x1a\n"),), shown=True),
    "image/jpeg": Kind((".jpg", ".jpeg"), ((0, b"\xff\xd8\xff"),), shown=True),
    "image/gif": Kind((".gif",), ((0, b"GIF87a"), (0, b"GIF89a")), shown=True),
    "image/webp": Kind((".webp",), ((8, b"WEBP"),), shown=True),
    "image/tiff": Kind((".tif", ".tiff"), ((0, b"II*\0"), (0, b"MM\0*"))),
    "image/heic": Kind((".heic",), ((4, b"ftypheic"), (4, b"ftypheix"), (4, b"ftypmif1"))),
    "image/svg+xml": Kind((".svg",), has=b"<svg"),
    "audio/mpeg": Kind((".mp3",), ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"))),
    "video/mp4": Kind((".mp4", ".m4v"), ((4, b"ftyp"),)),
    "application/zip": _zip(".zip"),
    f"{_OFFICE}wordprocessingml.document": _zip(".docx", b"[Content_Types].xml", b"word/"),
    f"{_OFFICE}spreadsheetml.sheet": _zip(".xlsx", b"[Content_Types].xml", b"xl/"),
    f"{_OFFICE}presentationml.presentation": _zip(".pptx", b"[Content_Types].xml", b"ppt/"),
    f"{_OPEN}text": _zip(".odt", b"mimetype", b"content.xml"),
    f"{_OPEN}spreadsheet": _zip(".ods", b"mimetype", b"content.xml"),
    f"{_OPEN}presentation": _zip(".odp", b"mimetype", b"content.xml"),
    "application/msword": Kind((".doc",), ((0, OLE),)),
    "application/vnd.ms-excel": Kind((".xls",), ((0, OLE),)),
    "application/vnd.ms-powerpoint": Kind((".ppt",), ((0, OLE),)),
    "application/rtf": Kind((".rtf",), ((0, b"{\\rtf"),)),
    "application/json": Kind((".json",)),
    "application/xml": Kind((".xml",), has=b"<"),
    "text/plain": Kind((".txt", ".log"), shown=True),
    "text/csv": Kind((".csv",)),
    "text/tab-separated-values": Kind((".tsv",)),
    "text/markdown": Kind((".md",)),
    "text/html": Kind((".html", ".htm"), has=b"<"),
    "text/calendar": Kind((".ics",), has=b"BEGIN:VCALENDAR"),
    "text/vcard": Kind((".vcf",), has=b"BEGIN:VCARD"),
    "message/rfc822": Kind((".eml",)),
}
ALSO = {
    "image/jpg": "image/jpeg",
    "application/x-zip-compressed": "application/zip",
    "text/xml": "application/xml",
    "text/rtf": "application/rtf",
}
"""What some systems call them."""


def checked_kind(content_type: str, name: str, taken: frozenset[str]) -> str:
    """The content type as it is kept; raises Invalid for one that is not taken or not the name's."""
    said = content_type.partition(";")[0].strip().lower()
    ending = ending_of(name)
    if ending == ".csv" and said == "application/vnd.ms-excel":  # so Windows calls them
        said = "text/csv"
    said = ALSO.get(said, said)
    if said not in taken:
        known = sorted({one for kind in taken for one in KINDS[kind].endings})
        raise Invalid("file_type", at="contentType", type=said[:80], taken=", ".join(known))
    if ending not in KINDS[said].endings:
        endings = ", ".join(KINDS[said].endings)
        raise Invalid("file_ending", at="name", type=said, endings=endings)
    return said


def check_bytes(path: Path, content_type: str) -> None:
    """Raise Invalid (`file_disguised`) for a file that is not of its content type."""
    kind = KINDS[content_type]
    with path.open("rb") as file:
        head = file.read(HEAD)
        right = _begins(kind, head) if kind.begins else _is_text(kind, head, file)
        if right and kind.begins and kind.begins[0][1].startswith(b"PK"):
            right = _lists(file, kind.members)
    if not right:
        raise Invalid("file_disguised", type=content_type)


def _begins(kind: Kind, head: bytes) -> bool:
    return any(head[at : at + len(part)] == part for at, part in kind.begins)


def _is_text(kind: Kind, head: bytes, file: BinaryIO) -> bool:
    """Whether all of it is text, and does not begin as another kind does."""
    if any(_begins(other, head) for other in KINDS.values() if other.begins):
        return False
    decoder = codecs.getincrementaldecoder("utf-16")() if head.startswith(UTF_16) else None
    try:
        for piece in _pieces(head, file):
            said = decoder.decode(piece).encode("utf-8", "replace") if decoder else piece
            if said.translate(None, NOT_CONTROL):
                return False
        if decoder:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    start = codecs.decode(head, "utf-16", "replace").encode("utf-8", "replace") if decoder else head
    return kind.has.lower() in start.lower()


def _pieces(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield head
    while piece := file.read(PIECE):
        yield piece


def _lists(file: BinaryIO, members: tuple[bytes, ...]) -> bool:
    """Whether a ZIP lists these members, and no program of an office document among them."""
    size = file.seek(0, 2)
    file.seek(max(0, size - LONGEST_END))
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 20:
        return False
    length, start = struct.unpack("<II", end[at + 12 : at + 20])
    if length > MOST_DIRECTORY or start + length > size:
        return not members  # a large archive is one; no document has so many parts
    file.seek(start)
    directory = file.read(length)
    if not members:
        return True
    return all(one in directory for one in members) and b"vbaProject.bin" not in directory
