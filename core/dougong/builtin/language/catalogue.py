"""Catalogues: what a part says in another language, kept as `locale/<language>.po` beside it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from importlib import resources
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from dougong.addons.collect import Contents
from dougong.addons.manifest import Part
from dougong.builtin.language.texts import Text, texts_of
from dougong.errors import SetupError

Translations = Mapping[tuple[str, str], str]
"""(context, English) → what is said instead."""
HEADER = """\
msgid ""
msgstr ""
"Language: {}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""What editors of .po files want to know; no dates, so that only texts make a difference."""


def file_of(part: Part, language: str) -> Path | None:
    """Where a part's catalogue is, or would be; None for a part that is a single module."""
    root = importlib.import_module(part.package)
    if not hasattr(root, "__path__"):
        return None
    return Path(str(resources.files(part.package))) / "locale" / f"{language.replace('-', '_')}.po"


def translations(part: Part, language: str) -> Translations:
    """What a part says in a language; nothing where it has no catalogue.

    Raises SetupError for a catalogue that cannot be read.
    """
    file = file_of(part, language)
    if file is None or not file.is_file():
        return {}
    return {
        (one.context or "", str(one.id)): str(one.string)
        for one in read(file)
        if one.id and one.string and not one.fuzzy
    }


def read(file: Path) -> Catalog:
    """A catalogue. Raises SetupError where it is none."""
    try:
        with file.open("rb") as opened:
            return read_po(opened, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as problem:
        raise SetupError(
            f"The catalogue {file.name} of {file.parents[1].name} cannot be read: {problem}.",
            fix="correct that line; editors for .po files do not make such mistakes.",
        ) from None


def renewed(contents: Contents, language: str) -> bytes:
    """A part's catalogue with all that it says now, as a file's content.

    What was translated stays; where the English has changed it is marked fuzzy and not used until
    somebody has looked at it; what is said no more is left out.
    """
    file = file_of(contents.part, language)
    old = read(file) if file is not None and file.is_file() else Catalog()
    before = {one.context: one for one in old if one.id}
    made = Catalog(locale=language.replace("-", "_"), project=contents.part.name, header_comment="")
    for text in sorted(texts_of(contents)):
        _add(made, text, before.get(text.context))
    return _written(made)


def _add(catalogue: Catalog, text: Text, known: Message | None) -> None:
    changed = known is not None and (known.id != text.english or known.fuzzy)
    flags = ["fuzzy"] if known is not None and known.string and changed else []
    said = known.string if known is not None else ""
    catalogue.add(text.english, said, context=text.context, flags=flags)


def _written(catalogue: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalogue, width=100, omit_header=True, sort_output=False)
    return HEADER.format(catalogue.locale_identifier).encode() + buffer.getvalue()


def faults(contents: Contents, language: str) -> list[str]:
    """What a part does not say in a language, or says wrongly; for its author."""
    file = file_of(contents.part, language)
    known = {one.context: one for one in read(file) if one.id} if file and file.is_file() else {}
    texts = list(texts_of(contents))
    found = [fault for text in texts for fault in _faults(text, known.get(text.context))]
    gone = known.keys() - {text.context for text in texts}
    return [*found, *(f"{context}: is said no more" for context in sorted(map(str, gone)))]


def _faults(text: Text, said: Message | None) -> Iterable[str]:
    if said is None or not said.string:
        yield f"{text.context}: “{text.english}” is not translated"
    elif said.fuzzy or said.id != text.english:
        yield f"{text.context}: was translated when it said something else"
    elif text.context.startswith("refusal"):
        try:
            same = _places(str(said.string)) == _places(text.english)
        except ValueError:
            yield f"{text.context}: cannot be filled in: write {{{{ and }}}} for braces that are meant"
        else:
            if not same:
                yield f"{text.context}: does not fill in what the English does"


def _places(sentence: str) -> set[str]:
    return {name for _text, name, _spec, _how in Formatter().parse(sentence) if name}
