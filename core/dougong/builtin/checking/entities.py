"""Entities and extensions whose tables or types could not be what they say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import Declared, Source
from dougong.db.naming import CORE
from dougong.entity.base import Entity, Extension
from dougong.entity.enums import EnumText
from dougong.entity.model import BASE_FIELDS
from dougong.generation import Generation

OF_EVERY_RECORD = ("actions", "history")
"""Fields that the API gives to every record, beside those of BASE_FIELDS."""
SPECIFIERS = ("mapped_column", "relationship", "link", "money", "owned", "sum_of", "composite")
ENUM_NAME = re.compile(r"(?!__)(?!(?:true|false|null)$)[A-Za-z_][A-Za-z0-9_]*")


def examine_fields(source: Source) -> Iterator[Finding]:
    """What is wrong with the names in a module's entities: it can be why nothing can be built."""
    for one in _classes(source):
        if _is_entity(one):
            yield from _fields(one)
            yield from _names(one)


def _classes(source: Source) -> Iterator[Declared]:
    for one in source.declared:
        if isinstance(one.node, ast.ClassDef) and isinstance(one.value, type):
            yield one


def _is_entity(one: Declared) -> bool:
    return issubclass(one.value, Entity) and "__table__" in vars(one.value)


def examine_entities(source: Source, generation: Generation) -> Iterator[Finding]:
    """What else is wrong with the entities that a module declares."""
    for one in _classes(source):
        if _is_entity(one):
            yield from _table(one, generation)
            yield from _values(one, generation)
        elif hasattr(one.value, "__table__") or hasattr(one.value, "registry"):
            what = f"{one.name} is mapped past Dougong: nobody would migrate or guard its table."
            yield one.fault(what, f"write class {one.name}(Entity).")


def _fields(one: Declared) -> Iterator[Finding]:
    if not ast.get_docstring(one.node):
        fix = "write in one sentence what it is in the business."
        yield one.fault(f"{one.name} has no docstring.", fix)
    for field in one.node.body:
        match field:
            case ast.AnnAssign(target=ast.Name(id=name)) if name in BASE_FIELDS + OF_EVERY_RECORD:
                what = f"{one.name}.{name} is a field that every record has already."
                yield one.source.fault(field, what, "give it another name.")
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=kind))):
                if kind in SPECIFIERS:
                    what = f"{one.name}.{name} has no annotation."
                    yield one.source.fault(field, what, f"write {name}: Mapped[…] = {kind}(…).")


def _table(one: Declared, generation: Generation) -> Iterator[Finding]:
    entity, table = one.value, one.value.__table__
    if table.schema != entity.__addon__:
        what = f"{one.name} lies in the schema {table.schema}, which is not its add-on's."
        yield one.fault(what, "take the schema out of __table_args__.")
    for column in table.primary_key.columns:
        if column.name != "id":
            what = f"{one.name}.{column.key} is a primary key; the key of every record is id."
            yield one.fault(what, "make it unique=True instead.")
    for key in table.foreign_keys:
        yield from _foreign_key(one, key, generation)
    extended = getattr(entity, "__extends__", None)
    if extended is not None and issubclass(extended, Extension):
        what = f"{one.name} extends {extended.__name__}, which is an extension itself."
        yield one.fault(what, f"extend {extended.__extends__.__name__}.")


def _foreign_key(one: Declared, key: Any, generation: Generation) -> Iterator[Finding]:
    what = f"{one.name}.{key.parent.key} refers to {key.target_fullname}"
    schema, _, _rest = key.target_fullname.partition(".")
    scope = generation.scope_of(one.value.__addon__)
    tables = {table.fullname for table in one.value.__table__.metadata.tables.values()}
    if schema not in scope:
        yield one.fault(f"{what}, of an add-on that it does not need.", f"add {schema} to needs=.")
    elif schema in (one.value.__addon__, CORE) or not isinstance(key._colspec, str):
        if isinstance(key._colspec, str) and key.target_fullname.rpartition(".")[0] not in tables:
            yield one.fault(f"{what}, and there is no such table.", "write a link().")
    else:
        fix = "write a link(), or ForeignKey(Party.__table__.c.id, ondelete=…) with the class."
        yield one.fault(f"{what} by a text, which finds no table of another add-on.", fix)
    if key.ondelete is None:
        fix = 'write a link(), or ondelete="RESTRICT", "CASCADE" or "SET NULL".'
        yield one.fault(f"{what} and does not say what happens when that is deleted.", fix)


def _names(one: Declared) -> Iterator[Finding]:
    for column in one.value.__table__.columns:
        if isinstance(column.type, EnumText):
            for member in column.type.enum_class:
                if not ENUM_NAME.fullmatch(member.name):
                    what = f"{column.type.enum_class.__name__}.{member.name} is no name in GraphQL."
                    yield one.fault(what, "use capitals, digits and _.")


def _values(one: Declared, generation: Generation) -> Iterator[Finding]:
    model = generation.models.get(one.value)
    if model is None or not one.value.__by_hand__:
        return
    for field in model.fields.values():
        column = one.value.__table__.columns.get(field.name)
        filled = field.nullable or field.has_default or field.name in BASE_FIELDS
        if field.read_only and not filled and column is not None and column.computed is None:
            what = f"{one.name}.{field.name} must have a value, and nothing can give it one."
            yield one.fault(what, "give it a default, or take init=False away.")
