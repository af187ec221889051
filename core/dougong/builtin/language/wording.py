"""What an installation says to people, in one language: refusals, labels and explanations."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from dougong.builtin.language.catalogue import Translations, translations
from dougong.builtin.language.languages import SOURCE
from dougong.builtin.language.texts import ABOUT, label, verb_label
from dougong.entity.fields import Money
from dougong.entity.model import key_of
from dougong.errors import Refused, SetupError
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from dougong.generation import Generation

log = logging.getLogger(__name__)
SEVERAL = {"en": ", ", "zh-CN": "、"}
"""What stands between several things."""
FORMATTED = (Decimal, Money, date, tuple, StrEnum)
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
            try:
                said.update(translations(found.part, self.language))
            except SetupError as broken:
                log.error("%s is not used: %s", self.language, broken)  # noqa: TRY400
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
        """The parameters, with what people of this language call the things in them."""
        if self.language == SOURCE:
            return params
        return {name: self._called(name, value) for name, value in params.items()}

    def _called(self, name: str, value: Any) -> Any:
        match value:
            case tuple():
                return SEVERAL[self.language].join(str(self._called(name, one)) for one in value)
            case StrEnum():
                return self.label(f"value {type(value).__name__}.{value.name}", value.name)
            case Declared():
                return self.label(*verb_label(value))
            case str() if name == "entity":
                known = self._entities.get(value, value)
                return self._said.get((f"entity {known}", label(known)), value)
            case str() if name == "operation":
                return self._said.get((f"verb {value}", label(value)), value)
            case _:
                return value

    @cached_property
    def _entities(self) -> dict[str, str]:
        """The entities' names by their keys: `crm.lead` is `Lead`."""
        return {key_of(one): one.__name__ for found in self._contents for one in found.entities}


def filled(sentence: str, params: Mapping[str, Any], language: str = SOURCE) -> str:
    """A sentence with its parameters in it, numbers and days as people of the language write them."""
    shown = {
        name: formatted(value, language) if isinstance(value, FORMATTED) else value
        for name, value in params.items()
    }
    try:
        return sentence.format_map(shown)
    except (KeyError, ValueError, IndexError):
        return sentence


def formatted(value: Any, language: str) -> str:
    """Numbers, amounts, days, moments (in UTC), several of them, as people of a language write it."""
    locale = _locale(language)
    match value:
        case tuple():
            return SEVERAL[language].join(formatted(one, language) for one in value)
        case StrEnum():
            return value.name
        case datetime():
            return f"{format_datetime(value, locale=locale)} UTC"
        case date():
            return format_date(value, locale=locale)
        case Money():
            return format_currency(value.amount, value.currency, locale=locale)
        case Decimal():
            exponent = value.as_tuple().exponent
            digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            pattern = "#,##0" + ("." + "0" * digits if digits else "")
            return format_decimal(value, pattern, locale=locale)
        case _:
            return str(value)


@lru_cache(8)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
