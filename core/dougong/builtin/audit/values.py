"""What entries say of a record's columns, as fields of the API and their values."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from dougong.builtin.translations.columns import kept_in
from dougong.db.naming import snake, upper_first
from dougong.entity.base import Entity
from dougong.entity.model import BASE_FIELDS, Field, Kind, ToOne, model_of
from dougong.graphql.ids import global_id
from dougong.graphql.scalars import DATE_TIME

Member = Field | ToOne


@dataclass(frozen=True)
class Told:
    """A column, and the field of the API that it holds, or a part of it."""

    member: Member
    part: str = ""
    """Of money: `amount` or `currency`."""


def label_of(name: str) -> str:
    """A column's or field's name in words; it needs no add-on."""
    return upper_first(snake(name).replace("_", " "))


def told_columns(entity: type[Entity]) -> Mapping[str, Told]:
    """The columns of an entity or extension that are told of, by their names in the database."""
    mapper: Any = entity.__mapper__
    model, found = model_of(entity), dict[str, Told]()
    for name, field in model.fields.items():
        if name in BASE_FIELDS:
            continue
        if field.kind is Kind.MONEY:
            for part in ("amount", "currency"):
                found[mapper.columns[f"{name}_{part}"].name] = Told(field, part)
        elif name in entity.__translated__:
            found[mapper.columns[kept_in(entity.__translated__[name])].name] = Told(field)
        elif name in mapper.columns:
            found[mapper.columns[name].name] = Told(field)
    for name, link in model.links.items():
        if name not in BASE_FIELDS:
            found[mapper.columns[link.key].name] = Told(link)
    return found


def told_by(
    columns: Mapping[str, Told], what: str, changes: Mapping[str, Any], links: Collection[str]
) -> list[dict[str, Any]]:
    """The changes of an entry, by field, in the order of the columns.

    `links` are the ids that may be told; a link between two others has not changed, and what began
    empty is not told.
    """
    told: dict[str, dict[str, Any]] = {}
    for name, one in columns.items():
        if name not in changes:
            continue
        ends = dict(zip(("from", "to"), _ends(what, changes[name]), strict=True))
        shown = {end: shown_value(one.member, value, links) for end, value in ends.items()}
        if shown["from"] is None and shown["to"] is None:
            continue
        api_name = one.member.api_name
        change = told.setdefault(
            api_name, {"field": api_name, "label": label_of(api_name), "from": None, "to": None}
        )
        for end, value in shown.items():
            if one.part and value is not None:
                change[end] = {**(change[end] or {}), one.part: value}
            elif not one.part:
                change[end] = value
    return list(told.values())


def _ends(what: str, value: Any) -> tuple[Any, Any]:
    """What it was and what it became."""
    if what == "UPDATED":
        return value[0], value[1]
    return (None, value) if what == "CREATED" else (value, None)


def shown_value(member: Member, value: Any, links: Collection[str]) -> Any:
    """A column's value as the API has it."""
    if value is None:
        return None
    if isinstance(member, ToOne):
        linked = global_id(member.target, value)
        return linked if linked in links else None
    match member.kind, value:
        case Kind.DATETIME, str():
            return _moment(value)
        case ((Kind.DECIMAL | Kind.MONEY), int() | Decimal()):
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case Kind.BIGINT, int():
            return str(value)
        case Kind.JSON, _:
            return orjson.Fragment(json.dumps(value, default=float))
        case _:
            return value


def _moment(said: str) -> Any:
    """A moment as the API writes it; one that Python does not know as the database does."""
    try:
        return DATE_TIME.coerce_output_value(datetime.fromisoformat(said))
    except ValueError:
        return said
