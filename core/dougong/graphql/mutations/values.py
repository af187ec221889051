"""From the arguments of a mutation to Python: what is made of the values in its inputs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_args, get_origin

from graphql.pyutils import Undefined

from dougong.access.context import Context
from dougong.db.naming import camel
from dougong.entity.base import Entity
from dougong.entity.declare import MONEY_AMOUNT
from dougong.entity.fields import Money
from dougong.entity.model import Field, ToOne, model_of
from dougong.errors import InputPath, Invalid, Refused, blamed
from dougong.graphql.mutations.inputs import Inputs, without_none
from dougong.graphql.mutations.records import visible
from dougong.verbs.verb import Verb

CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True)
class ExtensionValues:
    """What an input says of one extension."""

    extension: type[Any]
    values: Mapping[str, Any]
    child: Entity | None = None
    """The child that is meant; None = the record that the input is about."""
    at: InputPath = ()
    """Where the child stands in the input."""

    def of_child(self, child: Entity, at: InputPath) -> ExtensionValues:
        """The same, seen from the child's parent."""
        return replace(self, child=self.child or child, at=(*at, *self.at))


class Values:
    """The reading of values that are given in the inputs of one generation."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    def read_form(
        self, verb: Verb[Any, Any, Any], given: Mapping[str, Any], ctx: Context
    ) -> dict[str, Any]:
        """The keyword arguments of a verb; records are loaded under the asker's row rules."""
        form: dict[str, Any] = {}
        for field in verb.form.values():
            value = given.get(camel(field.name), None if field.required else Undefined)
            if value is Undefined:
                continue
            python_type, _ = without_none(field.annotation)
            with blamed(camel(field.name)):
                form[field.name] = self._value(python_type, value, ctx)
        return form

    def _value(self, python_type: Any, value: Any, ctx: Context) -> Any:
        if value is None:
            return None
        if get_origin(python_type) is list:
            inner = get_args(python_type)[0]
            return [self._value(inner, one, ctx) for one in value]
        if isinstance(python_type, type) and issubclass(python_type, Entity):
            return visible(ctx, python_type, value)
        if isinstance(python_type, type) and issubclass(python_type, StrEnum):
            return value if isinstance(value, python_type) else python_type[value]
        check_storable(value)
        if python_type == dict[str, Any] and not isinstance(value, dict):
            raise Invalid("no_object")
        hand_written = type(value) is dict and python_type != dict[str, Any]
        return self._inputs.types.bridge.read(python_type, value) if hand_written else value

    def read_record(
        self, entity: type[Entity], given: Mapping[str, Any], ctx: Context
    ) -> tuple[dict[str, Any], list[ExtensionValues]]:
        """The values of a create or patch input: the entity's own, and those of extensions.

        Raises Refused when a link points to nothing that the asker sees, or a field that must
        have a value is null.
        """
        own: dict[str, Any] = {}
        added: dict[type[Entity], dict[str, Any]] = {}
        of_children: list[ExtensionValues] = []
        model = model_of(entity)
        for field in self._inputs.writable(entity):
            if field.api_name in given:
                with blamed(field.api_name):
                    value = self.field_value(field, given[field.api_name], ctx)
                into = own if field.owner is entity else added.setdefault(field.owner, {})
                into[field.name] = value
        for name, child in model.owned.items():
            if given.get(camel(name)) is not None:
                own[name], some = self._children(child, camel(name), given[camel(name)], ctx)
                of_children += some
        return own, [*(ExtensionValues(*one) for one in added.items()), *of_children]

    def linked(
        self, entity: type[Entity], rows: Iterable[Mapping[str, Any]]
    ) -> dict[type[Entity], set[str]]:
        """The ids that the links in some inputs name, those of children included, by entity."""
        found: dict[type[Entity], set[str]] = {}
        links = [field for field in self._inputs.writable(entity) if isinstance(field, ToOne)]
        children = [(camel(name), child) for name, child in model_of(entity).owned.items()]
        for row in rows:
            for link in links:
                if row.get(link.api_name) is not None:
                    found.setdefault(link.target, set()).add(row[link.api_name])
            for name, child in children:
                for target, ids in self.linked(child, row.get(name) or ()).items():
                    found.setdefault(target, set()).update(ids)
        return found

    def _children(
        self, child: type[Entity], name: str, given: list[Mapping[str, Any]], ctx: Context
    ) -> tuple[list[Entity], list[ExtensionValues]]:
        children: list[Entity] = []
        added: list[ExtensionValues] = []
        refused: list[Refused] = []
        for position, one in enumerate(given):
            try:
                values, some = self.read_record(child, one, ctx)
                made = child(**values)
                children.append(made)
                at = (name, position)
                added += [one.of_child(made, at) for one in some]
            except Refused as refusal:
                refused.append(refusal.below(name, position))
        if refused:
            raise Refused.all(refused)
        return children, added

    def field_value(self, field: Field | ToOne, value: Any, ctx: Context) -> Any:
        """The value of a field, or the record that a link names; raises Refused."""
        if value is None:
            if not field.nullable:
                raise Invalid("missing_value", field=field.api_name)
            return None
        if isinstance(field, ToOne):
            return visible(ctx, field.target, value)
        check_storable(value)
        if isinstance(value, Money):
            check_fits(value.amount, MONEY_AMOUNT, "amount")
            if not CURRENCY.fullmatch(value.currency):
                raise Invalid("bad_currency", at="currency", currency=value.currency[:80])
        if isinstance(value, Decimal):
            check_fits(value, field.owner.__table__.c[field.name].type)
        if field.enum is not None:
            return value if isinstance(value, field.enum) else field.enum[str(value)]
        return value


def check_storable(value: Any) -> None:
    """Raise Invalid for text that PostgreSQL cannot keep, wherever in the value it is."""
    match value:
        case str() if "\x00" in value:
            raise Invalid("bad_text")
        case dict():
            check_storable([*value.keys(), *value.values()])
        case list():
            for one in value:
                check_storable(one)
        case _:
            pass


def check_fits(value: Decimal, kind: Any, *at: str) -> None:
    """Raise Invalid for a number that PostgreSQL, rounding to the scale, finds too large."""
    precision, scale = kind.precision, kind.scale or 0
    too_large = Decimal(f"{10 ** (precision + 1) - 5}E-{scale + 1}")
    if abs(value) >= too_large:
        raise Invalid("number_too_large", at=at, digits=precision - scale)
