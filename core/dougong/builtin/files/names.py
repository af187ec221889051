"""Which names files may have: those that every system can keep, and nobody is fooled by."""

from __future__ import annotations

import re
import unicodedata

from dougong.errors import Invalid

LONGEST = 200
LONGEST_BYTES = 255
NOWHERE = frozenset('/\\:*?"<>|∕⁄⧸／＼')
"""What separates folders, or is no part of a name on some system, and what looks like it."""
DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE
)
"""What Windows takes for a device, whatever comes after the dot."""
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Kinds of characters that are not seen, or turn the order of those beside them."""


def checked_name(name: str) -> str:
    """The name as it is kept (NFC); raises Invalid (`bad_file_name`) for one that is not kept."""
    if why := _wrong(unicodedata.normalize("NFC", name)):
        raise Invalid("bad_file_name", at="name", why=why)
    return unicodedata.normalize("NFC", name)


def ending_of(name: str) -> str:
    """`.pdf` of `Offer.PDF`; empty where it has none."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if stem and dot else ""


def _wrong(name: str) -> str:
    """What is wrong with a name; empty when nothing is."""
    if any(unicodedata.category(letter) in UNSEEN for letter in name):
        return "it has characters that are not seen"
    if found := sorted(NOWHERE.intersection(name)):
        return f"it has {found[0]}, which names of files cannot have"
    if not name.strip() or name != name.strip():
        return "it is empty, or begins or ends with a blank"
    if name.endswith("."):
        return "it ends with a dot"
    if DEVICE.fullmatch(name):
        return "it is the name of a device on Windows"
    if len(name) > LONGEST or len(name.encode()) > LONGEST_BYTES:
        return f"it has more than {LONGEST} characters, or more than {LONGEST_BYTES} bytes"
    return ""
