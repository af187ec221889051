"""An entity in a FROM, and the places where its values can be had."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    false,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.orm import aliased

from dougong.access.permissions import Guard
from dougong.builtin.translations.planned import translated
from dougong.entity.base import Entity, Extension
from dougong.entity.model import Field, ToOne
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.sql import quoted
from dougong.graphql.problems import bad_input


class Source:
    """An entity in a FROM, with the extensions and the links that are joined to it.

    Extensions have a row for every record, so they are joined inwardly, and only when a field of
    theirs is used. A link is joined outwardly, and only to a record that the asker may see.
    """

    def __init__(self, build: Build, entity: type[Entity], *, optional: bool = False) -> None:
        """`optional`: joined outwardly, so that there may be no row."""
        self.build = build
        self.entity = entity
        self._optional = optional
        self.name = build.name("t")
        self._names = {entity: self.name}
        self.alias: Any = aliased(entity, name=self.name)
        self._aliases: dict[type[Entity], Any] = {entity: self.alias}
        self._links: dict[str, Source] = {}
        self._joins: list[tuple[Any, ColumnElement[bool]]] = []

    def _joined(self, owner: type[Entity]) -> Any:
        """The entity's own alias, or that of one of its extensions."""
        if owner not in self._aliases:
            name = self._names[owner] = self.build.name("x")
            alias: Any = aliased(owner, name=name)
            self._aliases[owner] = alias
            self._joins.append((alias, alias.id == self.alias.id))
        return self._aliases[owner]

    def column(self, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
        """A value, for use in the same SELECT; null where the asker may not see it."""
        if attribute in owner.__translated__:
            return translated(self, owner, attribute)
        column: ColumnElement[Any] = getattr(self._joined(owner), attribute)
        guard = owner.__guards__.get(attribute)
        rule = None if guard is None else self.allowed(guard)
        if rule is None:
            return column
        hidden = cast(null(), column.type)
        return hidden if rule.compare(false()) else case((rule, column))

    def allowed(self, *guards: Guard) -> ColumnElement[bool] | None:
        """In which rows the asker may see the fields that these guard; None for all rows."""
        build = self.build
        access, me = build.generation.access, build.me
        entity = self.entity.__extends__ if issubclass(self.entity, Extension) else self.entity
        alias = self._joined(entity)
        rules = [access.predicate(build.who, one.read, entity, alias, me) for one in guards]
        if any(rule.compare(false()) for rule in rules):
            return false()
        rules = [rule for rule in rules if not rule.compare(true())]
        return and_(*rules) if rules else None

    def shows(self, member: Field | ToOne) -> bool:
        """Whether there can be a row in which the asker may see the field."""
        rule = None if member.guard is None else self.allowed(member.guard)
        return rule is None or not rule.compare(false())

    def usable(self, member: Field | ToOne) -> None:
        """Raise GraphQLError (FORBIDDEN_FIELD) where the asker may see the field in no row."""
        if not self.shows(member):
            raise bad_input(
                "FORBIDDEN_FIELD",
                f"You may not see {self.entity.__name__}.{member.api_name}, so nothing can be "
                "filtered, ordered, grouped or measured by it.",
            )

    def outside(self, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
        """A value, spelled so that subselects can use it: SQLAlchemy sees no table in it."""
        alias = self._joined(owner)
        if attribute in owner.__guards__ or attribute in owner.__translated__:
            return self.column(owner, attribute)
        mapper: Any = owner.__mapper__
        column = mapper.attrs[attribute].columns[0]
        if not isinstance(column, Column):
            return getattr(alias, attribute)  # type: ignore[no-any-return]
        return literal_column(f"{self._names[owner]}.{quoted(column.name)}", column.type)

    def follow(self, link: ToOne) -> Source:
        """The record that a link points to, joined where the asker may see it."""
        if link.api_name not in self._links:
            target = self._links[link.api_name] = Source(self.build, link.target, optional=True)
            on = target.alias.id == self.column(link.owner, link.key)
            rule = self.build.readable(link.target, target.alias)
            self._joins.append((target, and_(on, *rule)))
        return self._links[link.api_name]

    def shown(self, link: ToOne) -> ColumnElement[Any]:
        """The number of the record that a link points to; null where the asker may not see it."""
        if not self.build.readable(link.target, aliased(link.target)):
            return self.column(link.owner, link.key)
        return self.follow(link).alias.id  # type: ignore[no-any-return]

    def select(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """A SELECT from the entity and what is joined to it."""
        return self._join(select(*columns).select_from(self.alias))

    def _join(self, statement: Select[Any]) -> Select[Any]:
        for target, on in self._joins:
            if isinstance(target, Source):
                statement = statement.join(target.alias, on, isouter=True)
                statement = target._join(statement)
            else:
                statement = statement.join(target, on, isouter=self._optional)
        return statement

    @property
    def ids(self) -> list[ColumnElement[Any]]:
        """The ids of the record and of everything that is joined to it."""
        below = [one for link in self._links.values() for one in link.ids]
        return [*(alias.id for alias in self._aliases.values()), *below]

    def readable(self) -> list[ColumnElement[bool]]:
        """The conditions under which the asker may see the rows."""
        return self.build.readable(self.entity, self.alias)


class Level(Protocol):
    """Where a record's values are put together as text."""

    @property
    def build(self) -> Build:
        """The plan that it belongs to."""
        ...

    def value(self, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
        """A value of the record, or of one of its extensions."""
        ...

    def allowed(self, *guards: Guard) -> ColumnElement[bool] | None:
        """Whether the asker may see the fields that these guard; None for yes."""
        ...


class OneRow:
    """A level that reads one row: values come straight from the source."""

    def __init__(self, source: Source) -> None:
        self.build = source.build
        self.source = source

    def value(self, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
        """A value of the record, or of one of its extensions."""
        return self.source.outside(owner, attribute)

    def allowed(self, *guards: Guard) -> ColumnElement[bool] | None:
        """Whether the asker may see the fields that these guard; None for yes."""
        return self.source.allowed(*guards)


class Page:
    """A level that reads a page of rows: the columns it needs are selected in a subselect."""

    def __init__(self, source: Source) -> None:
        self.build = source.build
        self.source = source
        self.name = source.build.name("r")
        self._columns: dict[Any, tuple[str, ColumnElement[Any]]] = {}

    def value(self, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
        """A value of the record, or of one of its extensions."""
        return self.taken((owner, attribute), self.source.column(owner, attribute))

    def allowed(self, *guards: Guard) -> ColumnElement[bool] | None:
        """Whether the asker may see the fields that these guard; None for yes."""
        rule = self.source.allowed(*guards)
        return rule if rule is None else self.taken(guards, rule)

    def taken(self, key: Any, expression: ColumnElement[Any]) -> ColumnElement[Any]:
        """An expression of the subselect, as it is called outside of it."""
        if key not in self._columns:
            self._columns[key] = (f"c{len(self._columns)}", expression)
        label, inner = self._columns[key]
        return literal_column(f"{self.name}.{label}", inner.type)

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """What the subselect selects."""
        taken: list[Any] = [inner.label(label) for label, inner in self._columns.values()]
        return taken or [literal_column("1").label("c0")]
