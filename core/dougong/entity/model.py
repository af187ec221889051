"""What the API, access and import need to know of an entity, read once from its mapping."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError

from dougong.builtin.translations.columns import with_companions
from dougong.db.naming import CORE, camel, lower_first, plural, snake
from dougong.entity.base import Entity, Extension
from dougong.entity.docs import Words, first_sentence
from dougong.entity.enums import EnumText
from dougong.errors import SetupError

if TYPE_CHECKING:
    from dougong.access.permissions import Guard

BASE_FIELDS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by")
BASE_DOCS = {
    "version": "Rises with every change; give it back to say which state you saw.",
    "created_at": "When the record was made.",
    "created_by": "Who made the record.",
    "updated_at": "When the record last changed.",
    "updated_by": "Who last changed the record.",
}


class Kind(StrEnum):
    """What kind of value a field holds; each has one GraphQL scalar."""

    TEXT = "String"
    EMAIL = "Email"
    PHONE = "Phone"
    INT = "Int"
    BIGINT = "BigInt"
    DECIMAL = "Decimal"
    BOOLEAN = "Boolean"
    DATE = "Date"
    DATETIME = "DateTime"
    JSON = "JSON"
    ENUM = "Enum"
    MONEY = "Money"


@dataclass(frozen=True)
class Field(Words):
    """One value of its owner, an entity or an extension; `name` is the attribute in Python."""

    owner: type[Entity]
    api_name: str
    kind: Kind
    nullable: bool
    has_default: bool
    """Whether a record can be created without saying it."""
    read_only: bool
    """Generated columns, sums, and what every record has."""
    enum: type[StrEnum] | None = None
    searchable: bool = False
    """Whether parts of the text are found by an index."""
    guard: Guard | None = None
    """Who may see and change the field; others read null."""

    @property
    def may_be_null(self) -> bool:
        """Whether an answer can have null for it."""
        return self.nullable or self.guard is not None


@dataclass(frozen=True)
class ToOne(Words):
    """A link to one other record; `key` is the attribute of the key column."""

    owner: type[Entity]
    api_name: str
    key: str
    target: type[Entity]
    nullable: bool
    has_default: bool
    read_only: bool
    reverse: str | None
    """The list's name on the other side; None = this entity's plural, "-" = no list."""
    guard: Guard | None = None


@dataclass(frozen=True)
class ToMany:
    """The other end of a link: all records of `target` whose `key` is this record's id."""

    api_name: str
    target: type[Entity]
    link: ToOne
    owned: bool
    """Whether the records are this entity's own children, written with it."""
    name: str | None = None
    """The attribute in Python, where the children are owned."""
    description: str | None = None
    of: str | None = None
    """Whose records they hang on, where that may be any entity's (builtin/attached.py)."""

    @property
    def key(self) -> str:
        """The attribute of the key column on `target`."""
        return self.link.key


@dataclass(frozen=True)
class EntityModel:
    """An entity without what other add-ons add to it."""

    entity: type[Entity]
    addon: str
    name: str
    """The GraphQL type: `SalesOrder`."""
    api_name: str
    """One record in the API: `salesOrder`."""
    api_plural: str
    """A list of them: `salesOrders`."""
    description: str | None
    fields: Mapping[str, Field]
    links: Mapping[str, ToOne]
    owned: Mapping[str, type[Entity]]
    """Attribute in Python → child entity."""
    extends: type[Entity] | None
    natural_keys: tuple[tuple[Field | ToOne, ...], ...]
    """What tells records apart in the business: the fields of each unique constraint."""

    @property
    def natural_key(self) -> str | None:
        """The attribute of the first natural key that is a single field: `code`."""
        single = (key[0].name for key in self.natural_keys if len(key) == 1)
        return next(single, None)


_models: dict[type[Entity], EntityModel] = {}


def model_of(entity: type[Entity]) -> EntityModel:
    """The model of a mapped class; every class it links to must have been imported."""
    model = _models.get(entity)
    if model is None:
        try:
            model = _models[entity] = _read_model(entity)
        except SQLAlchemyError as problem:
            raise _not_mapped(entity, problem) from problem
    return model


def _read_model(entity: type[Entity]) -> EntityModel:
    mapper: Any = entity.__mapper__
    links = {link.name: _to_one(entity, link) for link in entity.__links__.values()}
    keys = {link.key for link in links.values()}
    money: tuple[str, ...] = entity.__money__
    parts = {f"{name}_{part}" for name in money for part in ("amount", "currency")}
    fields: dict[str, Field] = {}
    for prop in _column_properties(entity, mapper):
        if prop.key not in keys and prop.key not in parts and prop.key != "id":
            fields[prop.key] = _field(entity, prop)
    for name in money:
        fields[name] = _money(entity, mapper, name)
    noun = lower_first(entity.__name__)
    return EntityModel(
        entity=entity,
        addon=entity.__addon__,
        name=entity.__name__,
        api_name=noun,
        api_plural=camel(entity.__plural__ or plural(noun)),
        description=first_sentence(entity.__doc__),
        fields=MappingProxyType(with_companions(entity, fields)),
        links=MappingProxyType(links),
        owned=MappingProxyType({name: one.child for name, one in entity.__owned__.items()}),
        extends=entity.__extends__ if issubclass(entity, Extension) else None,
        natural_keys=_natural_keys(entity, fields, links),
    )


def _column_properties(entity: type[Entity], mapper: Any) -> list[Any]:
    """Columns and sums, asked for in a way that does not make SQLAlchemy configure the add-on.

    That takes longer than all the rest; it happens when an entity of the add-on is first used.
    """
    found = [mapper.get_property_by_column(column) for column in entity.__table__.columns]
    return [*found, *(mapper.get_property(name) for name in entity.__sums__)]


def check_mapping(entity: type[Entity]) -> None:
    """Have SQLAlchemy configure an entity's add-on now. Raises SetupError when it cannot."""
    try:
        entity.__mapper__.registry.configure(cascade=True)
    except SQLAlchemyError as problem:
        raise _not_mapped(entity, problem) from problem


def _not_mapped(entity: type[Entity], problem: object) -> SetupError:
    return SetupError(
        f"{entity.__name__} of {entity.__addon__} cannot be mapped: {problem}",
        fix="correct the entity that it names; a link in quotes names a class of its module.",
        where=(entity,),
    )


def _natural_keys(
    entity: type[Entity], fields: Mapping[str, Field], links: Mapping[str, ToOne]
) -> tuple[tuple[Field | ToOne, ...], ...]:
    """In the order in which their columns are declared."""
    table = entity.__table__
    members: dict[str, Field | ToOne] = {name: f for name, f in fields.items() if name in table.c}
    members |= {link.key: link for link in links.values()}
    unique: list[Any] = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique += [one for one in table.indexes if one.unique and _is_plain(one)]
    place = {column.key: number for number, column in enumerate(table.c)}
    names = sorted(
        (tuple(column.key for column in one.columns) for one in unique),
        key=lambda columns: [place[column] for column in columns],
    )
    return tuple(
        tuple(members[column] for column in columns)
        for columns in names
        if columns and all(column in members for column in columns)
    )


def _is_plain(index: Index) -> bool:
    """Whether an index is over columns as they are, of all rows."""
    columns = all(isinstance(one, Column) for one in index.expressions)
    return columns and index.dialect_options["postgresql"]["where"] is None


def key_of(entity: type[Entity]) -> str:
    """The name of an entity that is unique over all add-ons: `crm.lead`."""
    return f"{entity.__addon__}.{snake(entity.__name__)}"


def _to_one(entity: type[Entity], link: Any) -> ToOne:
    return ToOne(
        owner=entity,
        name=link.name,
        api_name=camel(link.name),
        key=link.key,
        target=_target(entity, link),
        nullable=link.nullable,
        has_default=link.nullable,
        read_only=link.name in BASE_FIELDS or link.name not in _init_names(entity),
        reverse=link.reverse,
        says=BASE_DOCS.get(link.name),
        guard=entity.__guards__.get(link.key),
    )


def _target(entity: type[Entity], link: Any) -> type[Entity]:
    """Where a link points, also one that names a class which is declared below its own."""
    if isinstance(link.target, type):
        return link.target
    of_addon = entity.__mapper__.registry.mappers
    found = [one.class_ for one in of_addon if one.class_.__name__ == link.target]
    if len(found) != 1:
        raise _not_mapped(
            entity, f"{link.name} names {link.target}, of which there are {len(found)}."
        )
    return found[0]


def _field(entity: type[Entity], prop: Any) -> Field:
    column = prop.columns[0]
    is_column = prop.key in entity.__table__.columns
    default = not is_column or column.nullable or column.default is not None
    kind, enum = _kind(entity, prop.key, column)
    return Field(
        owner=entity,
        name=prop.key,
        api_name=camel(prop.key),
        kind=kind,
        nullable=bool(is_column and column.nullable),
        has_default=default
        or column.server_default is not None
        or _dataclass_default(entity, prop.key),
        read_only=not is_column
        or column.computed is not None
        or prop.key in BASE_FIELDS
        or prop.key not in _init_names(entity),
        enum=enum,
        says=BASE_DOCS.get(prop.key),
        searchable=prop.key in entity.__searchable__,
        guard=entity.__guards__.get(prop.key),
    )


def _init_names(entity: type[Entity]) -> frozenset[str]:
    fields: dict[str, Any] = entity.__dataclass_fields__
    return frozenset(name for name, field in fields.items() if field.init)


def _dataclass_default(entity: type[Entity], name: str) -> bool:
    field = entity.__dataclass_fields__.get(name)
    return field is not None and (
        field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    )


def _kind(entity: type[Entity], name: str, column: Any) -> tuple[Kind, type[StrEnum] | None]:
    kind = column.info.get("kind") if hasattr(column, "info") else None
    match column.type:
        case EnumText() as enum_text:
            return Kind.ENUM, enum_text.enum_class
        case Text():
            return {"email": Kind.EMAIL, "phone": Kind.PHONE}.get(kind or "", Kind.TEXT), None
        case BigInteger():
            return Kind.BIGINT, None
        case Integer():
            return Kind.INT, None
        case Numeric():
            return Kind.DECIMAL, None
        case Boolean():
            return Kind.BOOLEAN, None
        case DateTime():
            return Kind.DATETIME, None
        case Date():
            return Kind.DATE, None
        case JSONB():
            return Kind.JSON, None
        case other:
            raise SetupError(
                f"{entity.__name__}.{name} has the column type {other!r}, "
                "which the API has no scalar for.",
                fix="use text, int, Decimal with precision, bool, date, datetime, an enumeration, "
                "Money or dict[str, Any].",
                where=(entity,),
            )


def _money(entity: type[Entity], mapper: Any, name: str) -> Field:
    nullable = mapper.columns[f"{name}_amount"].nullable
    return Field(
        owner=entity,
        name=name,
        api_name=camel(name),
        kind=Kind.MONEY,
        nullable=nullable,
        has_default=nullable,
        read_only=False,
        guard=entity.__guards__.get(f"{name}_amount"),
    )


def is_core(entity: type[Entity]) -> bool:
    """Whether the core itself owns the entity."""
    return entity.__addon__ == CORE
