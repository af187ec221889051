"""What of an add-on people read: sentences, labels and explanations, in the language of its code."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from dougong.addons.collect import Contents
from dougong.db.naming import CORE, snake, upper_first
from dougong.entity.base import Entity, Extension
from dougong.entity.docs import field_docs, first_sentence
from dougong.entity.model import BASE_DOCS, BASE_FIELDS, Field, ToOne, model_of
from dougong.verbs.crud import CrudVerb
from dougong.verbs.declared import Declared

CRUD = {
    "read": "See the record.",
    "create": "Add a record.",
    "update": "Change fields of the record.",
    "delete": "Remove the record.",
}
"""What can be done with every record."""
ABOUT = "about "
"""How the context of an explanation begins: `about field Lead.name` explains `field Lead.name`."""


class Text(NamedTuple):
    """Something that people read."""

    context: str
    """What it says, and of what: `refusal no_email`, `field Lead.name`, `about verb crm.qualify`."""
    english: str


def texts_of(contents: Contents) -> Iterator[Text]:
    """All that people read of a part of an installation, each context once."""
    seen: set[str] = set()
    for one in _all(contents):
        if one.english and one.context not in seen:
            seen.add(one.context)
            yield one


def _all(contents: Contents) -> Iterator[Text]:
    for code, sentence in contents.sentences.items():
        yield Text(f"refusal {code}", sentence)
    if contents.part.name == CORE:
        for name in ("id", *BASE_DOCS):
            yield from _named(f"field {name}", name, BASE_DOCS.get(name))
        for name, about in CRUD.items():
            yield from _named(f"verb {name}", name, about)
    for entity in contents.entities:
        yield from _entity(entity)
    for extension in contents.extensions:
        yield from _fields(extension, extension.__extends__.__name__)
    for made in contents.computed:
        key = f"field {made.entity.__name__}.{made.name}"
        yield from _named(key, made.name, made.description)
    for verb in (*contents.verbs, *contents.queries, *contents.reports):
        yield from _verb(verb)
    for permission in contents.permissions:
        yield Text(f"{ABOUT}permission {permission.name}", permission.description)
    for role in contents.roles:
        yield Text(f"{ABOUT}role {role.name}", role.description)
    for series in contents.series:
        yield Text(f"{ABOUT}series {series.name}", series.description)


def _entity(entity: type[Entity]) -> Iterator[Text]:
    name = entity.__name__
    yield from _named(f"entity {name}", name, model_of(entity).description)
    yield from _fields(entity, name)
    for owned in entity.__owned__:
        yield from _named(f"field {name}.{owned}", owned, field_docs(entity).get(owned))


def _fields(owner: type[Entity], shown_in: str) -> Iterator[Text]:
    """The fields that an entity or an extension declares, and the values that they may have."""
    model = model_of(owner)
    every: list[Field | ToOne] = [*model.fields.values(), *model.links.values()]
    for field in every:
        if field.name in BASE_FIELDS and not issubclass(owner, Extension):
            continue
        yield from _named(f"field {shown_in}.{field.name}", field.name, field.description)
        if isinstance(field, Field) and field.enum is not None:
            yield from _values(field.enum)


def _values(kind: type[StrEnum]) -> Iterator[Text]:
    docs = field_docs(kind)
    yield from _named(f"enum {kind.__name__}", kind.__name__, first_sentence(kind.__doc__))
    for value in kind:
        yield from _named(f"value {kind.__name__}.{value.name}", value.name, docs.get(value.name))


def _verb(verb: Declared) -> Iterator[Text]:
    yield from _named(f"verb {verb.key}", verb.name, verb.description)
    form: Any = getattr(verb, "form", {})
    about = verb.about
    for name in dict.fromkeys([*form, *about]):
        yield from _named(f"argument {verb.key}.{name}", name, about.get(name))


def _named(context: str, name: str, about: str | None) -> Iterator[Text]:
    yield Text(context, label(name))
    yield Text(ABOUT + context, about or "")


def field_context(field: Field | ToOne) -> str:
    """The context of a field's label."""
    return context_of(field.owner, field.name)


def context_of(owner: type[Entity], name: str) -> str:
    """The context of an attribute's label; an extension's are those of what it extends."""
    if name in BASE_FIELDS:
        return f"field {name}"
    shown_in: Any = owner.__extends__ if issubclass(owner, Extension) else owner
    return f"field {shown_in.__name__}.{name}"


def verb_label(verb: Declared) -> tuple[str, str]:
    """The context of a verb's label, and the name that it is made of."""
    name = str(verb.operation) if isinstance(verb, CrudVerb) else verb.name
    return (f"verb {name if isinstance(verb, CrudVerb) else verb.key}", name)


def label(name: str) -> str:
    """A name as people read it: `Ordered on`, `Sales order`."""
    words = name if name.isupper() else snake(name)
    return upper_first(words.replace("_", " ").lower().strip())
