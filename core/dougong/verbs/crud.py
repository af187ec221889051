"""Create, update and delete: the verbs that every entity has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.orm.attributes import set_committed_value

from dougong.access.permissions import Operation
from dougong.db.naming import snake
from dougong.entity.base import Entity
from dougong.errors import SetupError, blamed
from dougong.verbs.verb import Verb

if TYPE_CHECKING:
    from dougong.access.context import Context

E = TypeVar("E", bound=Entity)


class CrudVerb(Verb[Any, Any, Any]):
    """One of the three verbs of an entity; it needs the grant of the same name."""

    kind = "crud"
    operation: Operation

    def __init__(self, entity: type[Entity]) -> None:
        self.entity = entity
        self.needs = None
        self.name = f"{snake(entity.__name__)}.{self.operation}"
        self.addon = entity.__addon__
        self.__doc__ = f"{str(self.operation).capitalize()} one {entity.__name__}."
        self.__module__ = entity.__module__
        self.record_entity = entity
        self.form = {}


class CreateVerb(CrudVerb):
    """Add a record; the record is not stored yet when `before` runs.

    Children that it owns are added after it, each by its own create verb.
    """

    operation = Operation.CREATE

    def body(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        children = without_children(record)
        ctx.session.add(record)
        ctx.session.flush()
        for name, position, child in link_children(record, children):
            with blamed(name, position):
                type(child).create(child, ctx)
        return record


def without_children(record: Any) -> dict[str, list[Any]]:
    """Take from a record that is not stored yet the children that it brings; they follow it."""
    children = {name: list(getattr(record, name)) for name in record.__owned__}
    for name in children:
        setattr(record, name, [])
    return children


def link_children(record: Any, children: Mapping[str, list[Any]]) -> Iterator[tuple[str, int, Any]]:
    """Link to a stored record the children that it brought; with the place of each.

    Without events: a child must not reach the session before its own verb adds it.
    """
    for name, members in children.items():
        by = record.__owned__[name].by
        for position, child in enumerate(members):
            setattr(child, child.__links__[by].key, record.id)
            set_committed_value(child, by, record)
            yield name, position, child


class UpdateVerb(CrudVerb):
    """Change fields of a record; the form holds the new values, by attribute."""

    operation = Operation.UPDATE

    def body(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        unknown = sorted(form.keys() - record.__mapper__.attrs.keys())
        if unknown:
            raise SetupError(
                f"{type(record).__name__} has no field {', '.join(unknown)} to update.",
                fix="check the spelling.",
            )
        for name, value in form.items():
            setattr(record, name, value)
        ctx.session.flush()
        return record


class DeleteVerb(CrudVerb):
    """Remove a record; before it the children that it owns, each by its own delete verb."""

    operation = Operation.DELETE

    def body(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        for name in record.__owned__:
            for position, child in enumerate(list(getattr(record, name))):
                with blamed(name, position):
                    type(child).delete(child, ctx)
        ctx.session.delete(record)
        ctx.session.flush()
        return record


_verbs: dict[tuple[type[CrudVerb], type[Entity]], CrudVerb] = {}


def crud_verb(kind: type[CrudVerb], entity: type[Entity]) -> CrudVerb:
    """The one verb of that kind that an entity has."""
    if (kind, entity) not in _verbs:
        _verbs[kind, entity] = kind(entity)
    return _verbs[kind, entity]


class CreateOf:
    """`Lead.create`: the verb that adds a lead."""

    def __get__(self, record: object, entity: type[E]) -> Verb[E, [], E]:
        return crud_verb(CreateVerb, entity)


class UpdateOf:
    """`Lead.update`: the verb that changes fields of a lead."""

    def __get__(self, record: object, entity: type[E]) -> Verb[E, ..., E]:
        return crud_verb(UpdateVerb, entity)


class DeleteOf:
    """`Lead.delete`: the verb that removes a lead."""

    def __get__(self, record: object, entity: type[E]) -> Verb[E, [], E]:
        return crud_verb(DeleteVerb, entity)


_kinds: tuple[tuple[str, Callable[[], object]], ...] = (
    ("create", CreateOf),
    ("update", UpdateOf),
    ("delete", DeleteOf),
)
for _name, _kind in _kinds:
    setattr(Entity, _name, _kind())
