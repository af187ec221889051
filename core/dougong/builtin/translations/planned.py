"""Translations in an answer: the text in the asker's language, and all that there are, as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import FieldNode
from sqlalchemy import ColumnElement, Text, case, cast, func

from dougong.builtin.language.languages import LANGUAGES
from dougong.builtin.translations.columns import kept_in, translatable_fields
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind
from dougong.graphql.plan.texts import Pieces, assemble, members, quote, scalar, selections

if TYPE_CHECKING:
    from dougong.graphql.plan.source import Level, Source


def translated(source: Source, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
    """A text in the asker's language, as it was entered where nobody has translated it.

    The language is a parameter, for plans are shared. Where the asker may not see the text, or
    there is none, it is null.
    """
    name = owner.__translated__[attribute]
    entered, kept = source.column(owner, name), source.column(owner, kept_in(name))
    language = source.build.arguments.run("language", Text())
    said = func.coalesce(_part(kept, language, "text"), entered, type_=Text())
    return case((entered.is_not(None), said)) if owner.__table__.c[name].nullable else said


def translations(level: Level, entity: type[Entity], nodes: Sequence[FieldNode]) -> Pieces:
    """All translations of a record, as a list; those that the asker may not see are left out."""
    build = level.build
    selected = build.collect(selections(nodes), build.types.translation)
    asked = {key: some[0].name.value for key, some in selected.items()}
    each: list[ColumnElement[Any]] = []
    for field in translatable_fields(build.generation, entity):
        each += _of_field(level, field, asked)
    return ["[", func.concat_ws(quote(","), *each, type_=Text()), "]"]


def _of_field(level: Level, field: Field, asked: Mapping[str, str]) -> Iterator[ColumnElement[Any]]:
    """The text of each translation of a field; null where there is none."""
    entered = level.value(field.owner, field.name)
    kept = level.value(field.owner, kept_in(field.name))
    for language in LANGUAGES:
        said = _part(kept, quote(language), "text")
        outdated = _part(kept, quote(language), "of").is_distinct_from(entered)
        parts: dict[str, Pieces] = {
            "field": [f'"{field.api_name}"'],
            "language": [f'"{language}"'],
            "text": scalar(Kind.TEXT, said, nullable=False),
            "outdated": [cast(outdated, Text)],
            "__typename": ['"Translation"'],
        }
        one = assemble(members((key, parts[name]) for key, name in asked.items()))
        yield case((said.is_not(None), one))


def _part(kept: ColumnElement[Any], language: Any, part: str) -> ColumnElement[Any]:
    return func.jsonb_extract_path_text(kept, language, quote(part), type_=Text())
