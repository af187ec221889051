"""What fields and choices are called in files: by their names, and in the words of a language."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from dougong.builtin.language.languages import LANGUAGES, SOURCE
from dougong.builtin.language.texts import context_of
from dougong.builtin.language.wording import wording
from dougong.entity.base import Entity
from dougong.entity.model import Field, ToOne

if TYPE_CHECKING:
    from dougong.generation import Generation

ENGLISH = SOURCE
CURRENCY = {"zh-CN": "币种"}
"""What the currency of an amount is called, which is no field."""
YES = frozenset(("true", "1", "yes", "y", "是", "真", "对"))
NO = frozenset(("false", "0", "no", "n", "否", "假", "错"))


def plain(text: str) -> str:
    """What is left of a header or a choice where capitals, blanks and signs do not count."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


class Labels:
    """The words of one language, of all that is installed, as its catalogues have them."""

    def __init__(self, generation: Generation, language: str) -> None:
        self.language = language
        self._said = wording(generation, language)

    def field(self, member: Field | ToOne) -> str:
        """What a field is called."""
        return self.named(member.owner, member.name)

    def named(self, owner: type[Entity], name: str) -> str:
        """What an attribute is called; in English where nobody has said it otherwise."""
        said = self._said.label(context_of(owner, name), name)
        return CURRENCY.get(self.language, said) if said == "Currency" else said

    def choice(self, member: StrEnum) -> str:
        """What a member of an enumeration is called."""
        context = f"value {type(member).__name__}.{member.name}"
        return self._said.label(context, member.name)


class Words:
    """What people may write for fields and choices: names, and labels in every language."""

    def __init__(self, generation: Generation) -> None:
        self.labels = {one: Labels(generation, one) for one in LANGUAGES}
        self._choices: dict[type[StrEnum], Mapping[str, StrEnum]] = {}

    def of_attribute(self, owner: type[Entity], name: str) -> set[str]:
        """All that a header may call an attribute, plain."""
        return {plain(name), *(plain(one.named(owner, name)) for one in self.labels.values())}

    def choice(self, kind: type[StrEnum], text: str) -> StrEnum | None:
        """The member of an enumeration that a text names."""
        if kind not in self._choices:
            self._choices[kind] = {
                plain(word): member
                for member in kind
                for word in (member.name, *(one.choice(member) for one in self.labels.values()))
            }
        return self._choices[kind].get(plain(text))


def nearest(word: str, known: Iterable[str]) -> str:
    """What was probably meant; empty where nothing is like it."""
    found = difflib.get_close_matches(word[:60], list(known), 1, 0.6)
    return found[0] if found else ""


def yes_or_no(text: str) -> bool:
    """The boolean that a text says; raises ValueError."""
    said = text.casefold()
    if said in YES or said in NO:
        return said in YES
    raise ValueError(f"“{text[:60]}” is neither true nor false")
