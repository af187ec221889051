"""The records of a database as SQLAlchemy loads them, and which of them somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Text, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from dougong.access.permissions import Operation, Permission
from dougong.access.principal import Principal
from dougong.access.reach import BoundMe
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.generation import Generation
from dougong.graphql.types import Member, Types

Table = Mapping[int, Any]
"""Records by their number, the oldest first."""


class Records:
    """All records, loaded once by a session; for data that does not change meanwhile."""

    def __init__(self, generation: Generation, session: Session) -> None:
        self.generation = generation
        self.session = session
        self.types: Types = generation.schema.extensions["types"]
        self._all: dict[type[Entity], Table] = {}
        self._covered: dict[tuple[Principal, Operation | Permission, type[Entity]], Table] = {}
        self._ranks: dict[str, int] = {}

    def all(self, entity: type[Entity]) -> Table:
        """Every record of an entity, or every row of an extension."""
        if entity not in self._all:
            found = self.session.scalars(select(entity).order_by(entity.id))
            self._all[entity] = {record.id: record for record in found}
        return self._all[entity]

    def covered(self, who: Principal, right: Operation | Permission, entity: type[Entity]) -> Table:
        """The records for which somebody has a right: those that they may read, for instance."""
        key = (who, right, entity)
        if key not in self._covered:
            rule = self.generation.access.predicate(
                who, right, entity, entity, BoundMe(who.user_id)
            )
            ids = set(self.session.scalars(select(entity.id).where(rule)))
            self._covered[key] = {
                number: record for number, record in self.all(entity).items() if number in ids
            }
        return self._covered[key]

    def rank(self, texts: Iterable[str]) -> Mapping[str, int]:
        """Where texts stand in the order of the database's own collation."""
        wanted = set(texts)
        if not wanted <= self._ranks.keys():
            known: list[Any] = sorted(wanted | self._ranks.keys())
            each = func.unnest(array(known, type_=ARRAY(Text))).table_valued(column("text", Text))
            ordered = self.session.scalars(select(each.c.text).order_by(each.c.text))
            self._ranks = {text: place for place, text in enumerate(ordered)}
        return self._ranks


class Seen:
    """What one person sees of the records."""

    def __init__(self, records: Records, who: Principal) -> None:
        self.records = records
        self.who = who

    def member(self, entity: type[Entity], name: str) -> Member:
        """What a field of a record's type stands for."""
        return self.records.types.members_of(entity)[name]

    def every(self, entity: type[Entity]) -> list[Any]:
        """The records of an entity that the person may read."""
        return list(self.records.covered(self.who, Operation.READ, entity).values())

    def one(self, entity: type[Entity], number: int | None) -> Any:
        """The record with this number; None where there is none that the person may read."""
        if number is None:
            return None
        return self.records.covered(self.who, Operation.READ, entity).get(number)

    def value(self, record: Any, field: Field) -> Any:
        """A record's value; of money its parts; None where it is guarded and not for the person."""
        if not self.may(record, field):
            return None
        part = self._part(record, field.owner)
        if field.name in field.owner.__translated__:
            entered = getattr(part, field.owner.__translated__[field.name])
            said = self._said(part, field.owner.__translated__[field.name])
            mine = said.get(self.who.language or "en", {})
            return None if entered is None else mine.get("text", entered)
        if field.kind is not Kind.MONEY:
            return getattr(part, field.name)
        amount = getattr(part, f"{field.name}_amount")
        currency = getattr(part, f"{field.name}_currency")
        return None if amount is None else {"amount": amount, "currency": currency}

    def translations(self, record: Any) -> list[dict[str, Any]]:
        """All translations of a record that the person may see."""
        found: list[dict[str, Any]] = []
        for field in self.records.types.members_of(type(record)).values():
            if not (isinstance(field, Field) and field.name in field.owner.__translatable__):
                continue
            part = self._part(record, field.owner)
            said = self._said(part, field.name) if self.may(record, field) else {}
            found += [
                {
                    "field": field.api_name,
                    "language": language,
                    "text": said[language]["text"],
                    "outdated": said[language]["of"] != getattr(part, field.name),
                }
                for language in ("en", "zh-CN")
                if said.get(language)
            ]
        return found

    @staticmethod
    def _said(part: Any, name: str) -> Mapping[str, Any]:
        return getattr(part, f"{name}_translations") or {}

    def searched(self, record: Any) -> list[str]:
        """The texts of a record that `search` looks into."""
        members = self.records.types.members_of(type(record)).values()
        fields = [one for one in members if isinstance(one, Field) and one.searchable]
        return [value for one in fields if (value := self.value(record, one)) is not None]

    def linked(self, record: Any, link: ToOne) -> Any:
        """The record that a link points to; None where the person may not see it, or the link."""
        if not self.may(record, link):
            return None
        return self.one(link.target, getattr(self._part(record, link.owner), link.key))

    def listed(self, record: Any, many: ToMany) -> list[Any]:
        """The records at the other ends of a link that the person may see."""
        ends = (one for one in self.every(many.target) if getattr(one, many.key) == record.id)
        return [one for one in ends if many.of in (None, getattr(one, "entity", None))]

    def may(self, record: Any, member: Field | ToOne) -> bool:
        """Whether a field is not guarded, or for the person."""
        guard = member.guard
        return guard is None or record.id in self.records.covered(
            self.who, guard.read, type(record)
        )

    def _part(self, record: Any, owner: type[Entity]) -> Any:
        """The record itself, or its row of an extension."""
        return record if type(record) is owner else self.records.all(owner)[record.id]
