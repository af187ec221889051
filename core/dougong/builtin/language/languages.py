"""Which languages there are, and which one somebody is answered in."""

from __future__ import annotations

import re
from functools import lru_cache

SOURCE = "en"
"""In which add-ons are written."""
LANGUAGES = {"en": "English", "zh-CN": "简体中文"}
"""By their tags (BCP 47), as they call themselves."""
RANGE = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?"
)
LONGEST = 200


def nearest(tag: str) -> str | None:
    """The language that we have for a tag: itself, else one of the same first subtag.

    Somebody who reads any Chinese reads `zh-CN` sooner than English.
    """
    known = {one.lower(): one for one in LANGUAGES}
    wanted = tag.lower().replace("_", "-")
    if wanted in known:
        return known[wanted]
    return next((one for one in LANGUAGES if one.split("-")[0] == wanted.split("-")[0]), None)


@lru_cache(1024)
def accepted(header: str) -> str | None:
    """The language that suits an Accept-Language header (RFC 9110, 12.5.4); None where none does."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:LONGEST].split(",")):
        said = RANGE.fullmatch(part)
        quality = float(said[2] or 1) if said else 0.0
        language = (SOURCE if said[1] == "*" else nearest(said[1])) if said else None
        if language is not None and quality > 0:
            found.append((-quality, place, language))
    return min(found)[2] if found else None
