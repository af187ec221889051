"""What a role consists of, as text: `crm.sell`, `read crm.lead`, `rows crm.lead own(owner)`."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, false, true

from dougong.access.permissions import (
    UNNAMED,
    Grant,
    Me,
    Operation,
    Permission,
    Role,
    RowRule,
    all_rows,
    own,
    restrict,
    team,
    unit,
)
from dougong.entity.base import Entity, Extension
from dougong.entity.model import Kind, ToMany, key_of, model_of
from dougong.errors import Invalid

Item = Permission | Grant | RowRule
RULE = re.compile(r"(rows|restrict) ([a-z0-9_.]+) (\S.*)")
THROUGH = re.compile(r"(own|team|unit)\(([a-z0-9_]+)\)")
COMPARISONS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": operator.eq,
    "ne": lambda column, value: column.is_distinct_from(value),
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "in": lambda column, values: column.in_(values),
    "isNull": lambda column, yes: column.is_(None) if yes else column.is_not(None),
}
FROM_TEXT: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.DATE: date.fromisoformat,
    Kind.DATETIME: datetime.fromisoformat,
    Kind.DECIMAL: lambda said: Decimal(str(said)),
}


class Items:
    """What can be given to a role in one generation."""

    def __init__(
        self,
        entities: Iterable[type[Entity]],
        permissions: Iterable[Permission],
        roles: Iterable[Role],
        parents: Mapping[type[Entity], ToMany],
    ) -> None:
        """`parents` has an entity's own children, which fall under its rules."""
        self._parents = parents
        self._entities = {key_of(entity): entity for entity in entities}
        self._permissions = {one.name: one for one in permissions}
        self._named = {
            (rule.entity, rule.name): replace(rule, restricts=False)
            for role in roles
            for rule in role.rows
            if rule.name != UNNAMED
        }
        self._read: dict[str, Item | None] = {}

    def read(self, text: str) -> Item | None:
        """The item that a text stands for; None where its add-on is absent or it makes no sense.

        A rule that cut, and that nobody knows any more, cuts all: an upgrade shows nobody more.
        """
        if text not in self._read:
            try:
                self._read[text] = self.parse(text)
            except Invalid:
                self._read[text] = self._lost(text)
        return self._read[text]

    def _lost(self, text: str) -> RowRule | None:
        kind, key, rule = found.groups() if (found := RULE.fullmatch(text)) else ("", "", "")
        if kind != "restrict" or key not in self._entities:
            return None
        return RowRule(self._entities[key], rule, lambda _entity, _me: false(), restricts=True)

    def parse(self, text: str) -> Item:
        """The same; raises Invalid (`bad_item`) that says what is wrong."""
        found = RULE.fullmatch(text)
        if found is not None:
            kind, key, rule = found.groups()
            made = self._rule(self._entity(key), rule)
            return restrict(made) if kind == "restrict" else made
        words = text.split()
        if len(words) == 2 and words[0] in list(Operation):
            return Grant(Operation(words[0]), self._entity(words[1]))
        if text not in self._permissions:
            raise _bad(f"there is no permission “{text[:80]}”")
        return self._permissions[text]

    def _entity(self, key: str) -> type[Entity]:
        if key not in self._entities:
            raise _bad(f"there is no entity {key}")
        return self._entities[key]

    def _rule(self, entity: type[Entity], rule: str) -> RowRule:
        if entity in self._parents:
            parent = self._parents[entity].link.target.__name__
            raise _bad(f"{key_of(entity)} falls under the rules of its {parent}")
        if rule == "all_rows":
            return all_rows(entity)
        shipped = self._named.get((entity, rule))
        if shipped is not None:
            return shipped
        through = THROUGH.fullmatch(rule)
        if through is not None:
            name, link = through.groups()
            target = "Unit" if name == "unit" else "User"
            declared = model_of(entity).links.get(link)
            if declared is None or declared.target.__name__ != target:
                raise _bad(f"{key_of(entity)} has no link “{link}” to a {target}")
            kinds: Mapping[str, Callable[[Any], RowRule]] = {"own": own, "team": team, "unit": unit}
            return kinds[name](getattr(entity, link))
        if rule.startswith("where "):
            return _where(entity, rule)
        raise _bad(f"{key_of(entity)} has no rule “{rule[:80]}”")


def _where(entity: type[Entity], rule: str) -> RowRule:
    """`where {"stage": {"eq": "NEW"}}`: comparisons of the entity's own fields, all must hold."""
    try:
        said = json.loads(rule.removeprefix("where "))
        tests = [
            (name, COMPARISONS[comparison], _value(entity, name, comparison, value))
            for name, asked in said.items()
            for comparison, value in asked.items()
        ]
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as problem:
        raise _bad(f"“{rule[:80]}” is no comparison of fields of {key_of(entity)}") from problem
    return RowRule(entity, rule, partial(_all, tests))


def _value(entity: type[Entity], name: str, comparison: str, value: Any) -> Any:
    field = model_of(entity).fields[name]
    different = name in entity.__translated__  # for each asker
    if (
        different
        or field.kind is Kind.MONEY
        or field.guard is not None
        or issubclass(entity, Extension)
    ):
        raise KeyError(name)
    if comparison == "isNull":
        return bool(value)
    if comparison == "in":
        return [_value(entity, name, "eq", one) for one in value]
    if value is None:
        raise ValueError(name)
    if field.enum is not None:
        return field.enum[value]
    return FROM_TEXT[field.kind](value) if field.kind in FROM_TEXT else value


def _all(
    tests: Iterable[tuple[str, Callable[[Any, Any], ColumnElement[bool]], Any]],
    entity: Any,
    _me: Me,
) -> ColumnElement[bool]:
    return and_(true(), *(compare(getattr(entity, name), value) for name, compare, value in tests))


def _bad(why: str) -> Invalid:
    return Invalid("bad_item", at="item", why=why)
