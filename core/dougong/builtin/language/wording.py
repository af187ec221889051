"""What an installation says to people, in one language: refusals, labels and explanations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from dougong.builtin.language.catalogue import Translations, translations
from dougong.builtin.language.languages import SOURCE
from dougong.builtin.language.texts import ABOUT, label
from dougong.entity.fields import Money
from dougong.errors import Refused

if TYPE_CHECKING:
    from dougong.generation import Generation

_wordings: WeakKeyDictionary[Generation, dict[str, Wording]] = WeakKeyDictionary()


def wording(generation: Generation, language: str) -> Wording:
    """What a generation says in a language; English for what has no translation."""
    known = _wordings.setdefault(generation, {})
    if language not in known:
        known[language] = Wording(generation, language)
    return known[language]


class Wording:
    """All that the add-ons of a generation say in a language; catalogues are read when first used."""

    def __init__(self, generation: Generation, language: str) -> None:
        self._contents = generation.contents
        self.language = language

    @cached_property
    def _said(self) -> Translations:
        if self.language == SOURCE:
            return {}
        said: dict[tuple[str, str], str] = {}
        for found in self._contents:
            said.update(translations(found.part, self.language))
        return said

    def text(self, context: str, english: str) -> str:
        """A text of `texts_of`, in the language."""
        return self._said.get((context, english), english)

    def label(self, context: str, name: str) -> str:
        """What people call something: `label("field Lead.owner", "owner")`."""
        return self.text(context, label(name))

    def about(self, context: str, english: str | None) -> str | None:
        """What explains something."""
        return english and self.text(ABOUT + context, english)

    def sentence(self, refusal: Refused) -> str:
        """A refusal as the sentence that the person reads: that of the add-on that refused."""
        own = [found for found in self._contents if found.part.name == refusal.locale]
        for found in (*own, *self._contents):
            if refusal.code in found.sentences:
                english = found.sentences[refusal.code]
                said = self.text(f"refusal {refusal.code}", english)
                return filled(said, self._named(refusal.params), self.language)
        return str(refusal)

    def _named(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The parameters, with what people of this language call the entity in them."""
        name = params.get("entity")
        if self.language == SOURCE or not isinstance(name, str):
            return params
        return {**params, "entity": self._said.get((f"entity {name}", label(name)), name)}


def filled(sentence: str, params: Mapping[str, Any], language: str = SOURCE) -> str:
    """A sentence with its parameters in it, numbers and days as people of the language write them."""
    shown = {
        name: formatted(value, language) if isinstance(value, Decimal | Money | date) else value
        for name, value in params.items()
    }
    try:
        return sentence.format_map(shown)
    except (KeyError, ValueError, IndexError):
        return sentence


def formatted(value: Decimal | Money | date | datetime, language: str) -> str:
    """A number, an amount, a day or a moment (in UTC) as people of a language write it."""
    locale = _locale(language)
    match value:
        case datetime():
            return f"{format_datetime(value, locale=locale)} UTC"
        case date():
            return format_date(value, locale=locale)
        case Money():
            return format_currency(value.amount, value.currency, locale=locale)
        case _:
            exponent = value.as_tuple().exponent
            digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            return format_decimal(value, pattern, locale=locale)


@lru_cache(8)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
