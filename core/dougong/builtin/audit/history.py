"""Histories of records, as somebody may see them: those of a page by one statement.

Who may read a record may read what was done to it, but for fields that they may not see now, and
links to records that they may not see now. What would be left of a change is nothing: then it is
not told at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from dougong.access.context import Context
from dougong.access.permissions import Guard, Operation
from dougong.access.reach import BoundMe
from dougong.access.users import User
from dougong.builtin.audit.entries import entry
from dougong.builtin.audit.values import Told, told_by, told_columns
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, key_of
from dougong.graphql.ids import global_id
from dougong.workflow.event_log import event


@dataclass(frozen=True)
class Page:
    """Which part of a history: so many changes, before the one at a place (the oldest is 1)."""

    first: int
    after: int | None


@dataclass
class History:
    """What somebody sees of one record's history."""

    total: int = 0
    placed: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """The changes of the page with their places, the latest first."""


class Histories:
    """Reads the histories of records of one entity for the asker of a context."""

    def __init__(self, ctx: Context, entity: type[Entity]) -> None:
        self._ctx = ctx
        self._entity = entity
        parts = (entity, *ctx.generation.extensions.get(entity, ()))
        self._columns: dict[str, Mapping[str, Told]] = {
            key_of(part): told_columns(part) for part in parts
        }

    def of(self, numbers: Sequence[int], page: Page) -> dict[int, History]:
        """The histories of those records that the asker may see, by number."""
        found: dict[int, History] = {}
        rows = self._ctx.session.execute(self._statement(page), {"numbers": sorted(set(numbers))})
        kept = [row._asdict() for row in rows]
        links = self._seen_links(kept)
        for row in kept:
            history = found.setdefault(row["number"], History())
            if row["place"] is None:
                continue
            history.total = row["total"]
            newest = row["total"] if page.after is None else page.after - 1
            if newest - page.first < row["place"] <= newest:
                history.placed.append((row["place"], self._shown(row, links)))
        return found

    # The statement ---------------------------------------------------------------------------

    def _rule(self, right: Any, entity: type[Entity], alias: Any) -> ColumnElement[bool]:
        who = self._ctx.principal
        return self._ctx.generation.access.predicate(
            who, right, entity, alias, BoundMe(who.user_id)
        )

    def _statement(self, page: Page) -> Any:
        """The page of each record; besides always its newest change, which knows the total."""
        entity, record = self._entity, self._entity
        visible = [entry.c.entity == key_of(entity), entry.c.record_id == record.id]
        said = func.row_number().over(order_by=entry.c.id).label("place")
        same: Any = aliased(entity)  # rules inside do not reach what is two selects above them
        whole = (
            select(entry, said, func.count().over().label("total"))
            .join_from(entry, same, same.id == entry.c.record_id)
            .where(*visible, self._tells(same))
            .correlate(record.__table__)
            .subquery("whole")
        )
        newest = whole.c.total if page.after is None else literal(page.after - 1)
        within = and_(whole.c.place <= newest, whole.c.place > newest - page.first)
        some = select(whole).where(or_(within, whole.c.place == whole.c.total)).lateral("some")
        user = cast(some.c.by["user"].astext, BigInteger)
        done = self._event(some, record)
        columns = [
            record.id.label("number"),
            *(some.c[name] for name in ("place", "total", "at", "part", "what")),
            cast(some.c.changes, Text).label("changes"),
            cast(some.c.by, Text).label("by"),
            self._sees_user(user).label("sees_user"),
            *(done.c[name] for name in ("role", "reason", "for_user_id")),
            self._sees_user(done.c.for_user_id).label("sees_other"),
            *(rule.label(f"guard{place}") for place, rule in enumerate(self._guards.values())),
        ]
        chosen = record.id == func.any(bindparam("numbers", type_=ARRAY(BigInteger)))
        return (
            select(*columns)
            .select_from(record.__table__.outerjoin(some, true()).outerjoin(done, true()))
            .where(chosen, self._rule(Operation.READ, entity, record))
            .order_by(record.id, some.c.place.desc())
        )

    def _event(self, some: Any, record: Any) -> Any:
        """The event of the verb that was being done: with what role, for whom and why.

        To the record, or to the one that it is part of: of what was done to another, which the asker
        may not see, its history tells nothing.
        """
        mine = and_(event.c.entity == some.c.entity, event.c.record_id == some.c.record_id)
        whose = [mine]
        parent = self._ctx.generation.owned.get(self._entity)
        if parent is not None:
            number = getattr(record, parent.key)
            above = event.c.entity == key_of(parent.link.target)
            whose.append(and_(above, event.c.record_id == number))
        of_this = [
            or_(*whose),
            event.c.era == some.c.era,
            event.c.xid == some.c.xid,
            event.c.verb == some.c.by["verb"].astext,
        ]
        found = select(event.c.role, event.c.reason, event.c.for_user_id).where(*of_this)
        return found.order_by(mine.desc().nulls_last(), event.c.id).limit(1).lateral("done")

    def _sees_user(self, number: ColumnElement[Any]) -> ColumnElement[bool]:
        user: Any = aliased(User)
        return exists().where(user.id == number, self._rule(Operation.READ, User, user))

    @cached_property
    def _guards(self) -> Mapping[Guard, ColumnElement[bool]]:
        """Where the asker may see the guarded fields, by who may."""
        guards = [
            one.member.guard
            for columns in self._columns.values()
            for one in columns.values()
            if one.member.guard is not None
        ]
        return {
            one: self._rule(one.read, self._entity, self._entity) for one in dict.fromkeys(guards)
        }

    def _tells(self, record: Any) -> ColumnElement[bool]:
        """Whether anything of a change is left that the asker may see."""
        guards = {one: self._rule(one.read, self._entity, record) for one in self._guards}
        tells: list[ColumnElement[bool]] = [
            and_(entry.c.what != "UPDATED", entry.c.part == key_of(self._entity))
        ]
        for part, columns in self._columns.items():
            for guard in (None, *guards):
                mine = {name: one for name, one in columns.items() if one.member.guard == guard}
                rule = true() if guard is None else guards[guard]
                if not mine or rule.compare(false()):
                    continue
                plain = [name for name, one in mine.items() if not isinstance(one.member, ToOne)]
                any_of = [entry.c.changes.has_any(cast(plain, ARRAY(Text)))] if plain else []
                any_of += [
                    self._tells_link(name, one.member)
                    for name, one in mine.items()
                    if isinstance(one.member, ToOne)
                ]
                tells.append(and_(entry.c.part == part, rule, or_(*any_of)))
        return or_(*tells)

    def _tells_link(self, name: str, link: ToOne) -> ColumnElement[bool]:
        """Whether a link led to a record that the asker may see, or leads to one."""
        target: Any = aliased(link.target)
        value = entry.c.changes[name]
        ends = (
            case((entry.c.what == "UPDATED", value[0].astext), else_=value.astext),
            case((entry.c.what == "UPDATED", value[1].astext)),
        )
        led = or_(*(target.id == cast(one, BigInteger) for one in ends))
        seen = exists().where(led, self._rule(Operation.READ, link.target, target))
        return and_(entry.c.changes.has_key(name), seen)

    # What is shown ---------------------------------------------------------------------------

    def _seen_links(self, rows: Iterable[Mapping[str, Any]]) -> set[str]:
        """The ids of the records that links lead to, those that the asker may see; one statement."""
        asked: dict[type[Entity], set[int]] = {}
        for row in rows:
            if row["place"] is None:
                continue
            columns = self._columns.get(row["part"], {})
            for name, value in _read(row["changes"]).items():
                one = columns.get(name)
                if one is not None and isinstance(one.member, ToOne):
                    ends = value if row["what"] == "UPDATED" else [value]
                    numbers = {end for end in ends if isinstance(end, int)}
                    asked.setdefault(one.member.target, set()).update(numbers)
        found = [
            select(literal(target.__name__), target.id).where(
                target.id.in_(numbers), self._rule(Operation.READ, target, target)
            )
            for target, numbers in asked.items()
            if numbers
        ]
        if not found:
            return set()
        return {f"{name}:{number}" for name, number in self._ctx.session.execute(union_all(*found))}

    def _shown(self, row: Mapping[str, Any], links: set[str]) -> dict[str, Any]:
        by = _read(row["by"])
        user = by.get("user")
        seen = user is None or row["sees_user"]
        other = row["for_user_id"]
        allowed = {guard: bool(row[f"guard{place}"]) for place, guard in enumerate(self._guards)}
        columns = {
            name: one
            for name, one in self._columns.get(row["part"], {}).items()
            if one.member.guard is None or allowed[one.member.guard]
        }
        return {
            "at": row["at"],
            "kind": row["what"],
            "user": global_id(User, user) if user is not None and seen else None,
            "label": by.get("label") if seen else None,
            "onBehalfOf": global_id(User, other) if other and row["sees_other"] else None,
            "addon": by.get("addon"),
            "verb": by.get("verb"),
            "role": row["role"] if seen else None,
            "reason": row["reason"],
            "elevation": by.get("elevation"),
            "changes": told_by(columns, row["what"], _read(row["changes"]), links),
        }


def _read(said: str) -> Any:
    """JSON with its numbers exact."""
    return json.loads(said, parse_float=Decimal)
