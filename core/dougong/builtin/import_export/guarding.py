"""Texts in files that spreadsheets open: none of them is taken for a formula, and none is changed.

A text that begins as a formula does gets an apostrophe before it, as spreadsheets write what is
text; so does one that begins with an apostrophe, that has blanks around it, or that is empty and
not missing. Reading takes it away again, and all other blanks around.
"""

from __future__ import annotations

STARTS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠﹦﹢﹣﹫")
MARK = "'"


def guarded(text: str) -> str:
    """The text as it is written into a file."""
    return MARK + text if _is_special(text) else text


def meant(cell: str) -> str | None:
    """The text that a cell of a file means; None where it holds nothing."""
    if cell.startswith(MARK) and _is_special(cell[1:]):
        return cell[1:]
    return cell.strip() or None


def _is_special(text: str) -> bool:
    return not text or text[0] in STARTS_FORMULA or text[0] == MARK or text != text.strip()
