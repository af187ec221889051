"""Language in the API: what things are called, for front ends; and which language somebody reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import strawberry

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN, Operation
from dougong.access.users import User
from dougong.builtin.language.languages import LANGUAGES, SOURCE, nearest
from dougong.builtin.language.texts import field_context
from dougong.builtin.language.wording import Wording, wording
from dougong.entity.base import Entity
from dougong.entity.docs import field_docs, first_sentence
from dougong.entity.model import BASE_FIELDS, Field, ToOne, model_of
from dougong.errors import Invalid
from dougong.verbs.action import action
from dougong.verbs.query import query


@strawberry.type
class Language:
    """A language in which people can be answered."""

    tag: str
    """Its tag: `zh-CN`."""
    name: str
    """What it calls itself."""
    yours: bool
    """Whether it is the one in which you are answered."""


@strawberry.type
class EntityTypeValue:
    """A value that a field may have."""

    name: str
    """Its name in the API."""
    label: str
    """What people call it."""
    description: str | None
    """What it means, in a sentence."""


@strawberry.type
class EntityTypeField:
    """A field of an entity, as people know it."""

    name: str
    """Its name in the API."""
    label: str
    """What people call it."""
    description: str | None
    """What it means, in a sentence."""
    kind: str
    """What kind of value it has: a scalar's name, `Enum`, `Money`, or the entity it links to."""
    addon: str
    """The add-on that brings it."""
    translatable: bool
    """Whether what is entered in it can be translated, with setTranslation."""
    values: list[EntityTypeValue]
    """The values that it may have, where they are few and known."""


@strawberry.type
class EntityType:
    """A kind of records, as people know it."""

    name: str
    """Its name in the API."""
    label: str
    """What people call it."""
    description: str | None
    """What it means, in a sentence."""
    addon: str
    """The add-on that brings it."""
    fields: list[EntityTypeField]
    """What is known of each record, those that other add-ons bring included."""


@query(needs=SIGNED_IN)
def languages(ctx: Context) -> list[Language]:
    """The languages in which people can be answered."""
    yours = ctx.principal.language or SOURCE
    return [Language(tag=tag, name=name, yours=tag == yours) for tag, name in LANGUAGES.items()]


@query(needs=SIGNED_IN)
def entity_types(
    ctx: Context, *, names: list[str] | None = None, language: str | None = None
) -> list[EntityType]:
    """What the kinds of records that you may read, and their fields, are called.

    names: Only these, such as `Lead`.
    language: In which language; yours unless said.
    """
    spoken = ctx.principal.language or SOURCE if language is None else _known(language)
    said = wording(ctx.generation, spoken)
    may = ctx.generation.access.may
    return [
        _type(ctx, said, entity)
        for entity in ctx.generation.models
        if (names is None or entity.__name__ in names)
        and may(ctx.principal, Operation.READ, entity)
    ]


def _type(ctx: Context, said: Wording, entity: type[Entity]) -> EntityType:
    model = model_of(entity)
    context = f"entity {entity.__name__}"
    return EntityType(
        name=model.name,
        label=said.label(context, model.name),
        description=said.about(context, model.description),
        addon=entity.__addon__,
        fields=[_field(said, one) for one in _fields(ctx, entity)],
    )


def _fields(ctx: Context, entity: type[Entity]) -> Iterator[Field | ToOne]:
    """The fields in the order of the API: the entity's own, then those of its extensions."""
    for owner in (entity, *ctx.generation.extensions.get(entity, ())):
        model = model_of(owner)
        every: list[Field | ToOne] = [*model.fields.values(), *model.links.values()]
        yield from (one for one in every if owner is entity or one.name not in BASE_FIELDS)


def _field(said: Wording, field: Field | ToOne) -> EntityTypeField:
    context = field_context(field)
    enum = field.enum if isinstance(field, Field) else None
    return EntityTypeField(
        name=field.api_name,
        label=said.label(context, field.name),
        description=said.about(context, field.description),
        kind=str(field.kind) if isinstance(field, Field) else field.target.__name__,
        addon=field.owner.__addon__,
        translatable=field.name in field.owner.__translatable__,
        values=[] if enum is None else list(_values(said, enum)),
    )


def _values(said: Wording, enum: Any) -> Iterator[EntityTypeValue]:
    docs = field_docs(enum)
    for value in enum:
        context = f"value {enum.__name__}.{value.name}"
        about = first_sentence(docs.get(value.name))
        yield EntityTypeValue(
            name=value.name,
            label=said.label(context, value.name),
            description=said.about(context, about),
        )


@action(needs=SIGNED_IN)
def set_language(ctx: Context, *, language: str | None = None) -> User:
    """Choose the language in which you are answered, whatever your browser asks for.

    language: Its tag, such as `zh-CN`; without one, your browser decides again.
    """
    person: Any = ctx.me
    person.language = None if language is None else _known(language)
    ctx.session.flush()
    return person  # type: ignore[no-any-return]


def _known(tag: str) -> str:
    found = nearest(tag)
    if found is None:
        raise Invalid("no_language", at="language", language=tag[:40], known=", ".join(LANGUAGES))
    return found
