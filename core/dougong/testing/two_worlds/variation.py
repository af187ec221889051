"""Another world: the same to somebody's eyes, and different wherever they do not reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any, Self

from sqlalchemy import Column, ColumnElement, Connection, delete, false, insert, select, update
from sqlalchemy.exc import DBAPIError

from dougong.access.users import User
from dougong.builtin.organisation.entities import Delegation, RoleAssignment
from dougong.entity.base import Entity
from dougong.entity.model import BASE_FIELDS, ToOne, key_of, model_of
from dougong.graphql.mutations.idempotency import idempotency
from dougong.testing.oracle.rows import Filling
from dougong.testing.two_worlds.people import FIRST, STANDING
from dougong.testing.two_worlds.sight import Sight
from dougong.testing.worlds import utc_now
from dougong.workflow.event_log import event

TRIES = 5
AT_ONCE = 8
"""Of so many entities what is not seen is changed, before it is looked at what shows."""
KEYS = ("key-1", "key-2", "key-3")
"""Idempotency keys that everybody uses."""


class Variation:
    """Changes what a person may not see, row by row; what would show is put back."""

    def __init__(self, connection: Connection, sight: Sight, random: Random) -> None:
        self._connection = connection
        self._sight = sight
        self._random = random
        self._generation = sight.generation
        self._seen = sight.seen(connection)
        self._filling = Filling(connection, self._generation, random)
        self._filling.numbers = {
            one: sorted(numbers | self._seen[one])
            for one, numbers in sight.hidden(connection).items()
        }
        self._rules: dict[type[Entity], ColumnElement[bool]] = {}
        self.changed: Counter[str] = Counter()
        """How many rows were changed, made, deleted and linked elsewhere."""

    def vary(self, share: float = 1.0) -> None:
        """Change all that the person does not see, or most of it.

        Of entities that nothing seen is linked to, only this `share` is changed.
        """
        near = self._near()
        models = [
            one for one in self._generation.models if one in near or self._random.random() < share
        ]
        for start in range(0, len(models), AT_ONCE):
            self._vary([c for one in models[start : start + AT_ONCE] for c in self._changes(one)])
        self._vary_what_is_private()

    def _near(self) -> set[type[Entity]]:
        """Entities of which something is seen, and what is linked to these, from either side."""
        links = [
            (entity, link.target)
            for entity in self._generation.models
            for part in (entity, *self._generation.extensions.get(entity, ()))
            for link in model_of(part).links.values()
            if link.name not in BASE_FIELDS
        ]
        seen = {entity for entity, numbers in self._seen.items() if numbers}
        return seen.union(*({one, other} for one, other in links if {one, other} & seen))

    def _changes(self, entity: type[Entity]) -> Iterator[Callable[[], None]]:
        yield partial(self._vary_rows, entity)
        for part in (entity, *self._generation.extensions.get(entity, ())):
            yield partial(self._vary_links, entity, part)
            yield partial(self._vary_values, entity, part)

    def _vary(self, changes: Sequence[Callable[[], None]]) -> None:
        """Make all of some changes, or those that do not show: halves are tried, and halves of them."""
        if not self._unseen(*changes) and len(changes) > 1:
            half = len(changes) // 2
            self._vary(changes[:half])
            self._vary(changes[half:])

    def _unseen(self, *changes: Callable[[], None]) -> bool:
        """Make changes, unless another record comes into sight or goes out of it for them."""
        before, savepoint = self.changed.copy(), self.begin()
        for change in changes:
            change()
        unseen = self.changed == before or self._sight.seen(self._connection) == self._seen
        if unseen:
            savepoint.commit()
        else:
            savepoint.rollback()
            self.changed = before + Counter(undone=1)
        return unseen

    # Records that are not seen -----------------------------------------------------------------

    def _vary_rows(self, entity: type[Entity]) -> None:
        hidden = self._hidden(entity)
        for number in hidden:
            fate = self._random.random()
            if fate < 0.2 and entity is not User:
                self._delete(entity, number)
            elif fate < 0.85:
                self._change(entity, number)
        if entity is not User:
            for _ in range(self._random.randrange(1, 4)):
                if not self._make(entity):
                    break

    def _hidden(self, entity: type[Entity]) -> Sequence[int]:
        column = entity.__table__.c.id
        found = select(column).order_by(column)
        if entity in STANDING:
            found = found.where(column < FIRST)
        every = self._connection.scalars(found)
        return [number for number in every if number not in self._seen[entity]]

    def _delete(self, entity: type[Entity], number: int) -> None:
        with self._attempt("deleted", entity):
            table = entity.__table__
            self._connection.execute(delete(table).where(table.c.id == number))

    def _change(self, entity: type[Entity], number: int) -> None:
        """All of a record; or some of it, where it would be seen for the rest."""
        names = ("name", "email") if entity is User else None
        for part in (entity, *self._generation.extensions.get(entity, ())):
            for tries in range(TRIES):
                with self._attempt("changed", entity) as done:
                    values = self._values(part)
                    kept = sorted(names or values)
                    if tries > 1:
                        kept = self._random.sample(kept, (len(kept) + 1) // 2)
                    table = part.__table__
                    some = {name: values[name] for name in kept}
                    self._connection.execute(update(table).where(table.c.id == number).values(some))
                if done:
                    break

    def _values(self, entity: type[Entity]) -> dict[str, Any]:
        values = dict(self._filling.values(entity))
        return values | self._role() if entity in (RoleAssignment, Delegation) else values

    def _role(self) -> dict[str, Any]:
        return {"role": self._random.choice(sorted(self._generation.access.roles))}

    def _make(self, entity: type[Entity]) -> bool:
        """Make another one; whether the tables accept any."""
        made: list[int] = []
        with self._attempt("made", entity):
            role = self._role() if entity in (RoleAssignment, Delegation) else {}
            made = self._filling.insert(entity, role)
            for number in made:
                for extension in self._generation.extensions.get(entity, ()):
                    self._filling.insert(extension, {"id": number})
        return bool(made)

    # Links from what is seen to what is not ------------------------------------------------------

    def _vary_links(self, entity: type[Entity], part: type[Entity]) -> None:
        """Whether a link leads to a record that is not seen, or nowhere, is not seen either."""
        table = part.__table__
        for link in model_of(part).links.values():
            hidden = self._hidden(link.target)
            column = table.c[_column(part, link)]
            if not hidden:
                continue
            free = table.c.id.in_(self._seen[entity]) & (column.is_(None) | column.in_(hidden))
            others: list[int | None] = [*hidden, *([None] * len(hidden) if link.nullable else [])]
            for number in self._connection.scalars(select(table.c.id).where(free)).all():
                with self._attempt("linked elsewhere", entity):
                    self._connection.execute(
                        update(table)
                        .where(table.c.id == number)
                        .values({column.name: self._random.choice(others)})
                    )

    # Fields that are not seen of rows that are ----------------------------------------------------

    def _vary_values(self, entity: type[Entity], part: type[Entity]) -> None:
        unreadable = self._sight.unreadable(self._connection, entity, part)
        table = part.__table__
        for number in sorted({one for some in unreadable.values() for one in some}):
            hidden = {name for name, numbers in unreadable.items() if number in numbers}
            for _ in range(TRIES):
                with self._attempt("given other values", entity) as done:
                    values = dict(self._filling.values(part))
                    chosen = {name: value for name, value in values.items() if name in hidden}
                    self._connection.execute(
                        update(table).where(table.c.id == number).values(chosen)
                    )
                if done:
                    break

    # What others have that is no record ----------------------------------------------------------

    def _vary_what_is_private(self) -> None:
        """Idempotency keys of others, and what was done to records that are not seen."""
        mine = self._sight.rights.user
        others = [one for one in self._filling.numbers[User] if one != mine]
        self._connection.execute(delete(idempotency).where(idempotency.c.user_id.in_(others)))
        self._connection.execute(insert(idempotency), list(self._keys(others)))
        events = list(self._events(others))
        if events:
            self._connection.execute(insert(event), events)

    def _keys(self, others: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        for user in others:
            for key in KEYS:
                said = self._random.randbytes(8)
                yield {
                    "user_id": user, "key": key, "request": said, "payload": b"{}",
                    "roles": [], "at": utc_now(),
                }  # fmt: skip

    def _events(self, others: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        verbs = [verb for verb in self._generation.verbs if verb.record_entity]
        for verb in verbs:
            entity: Any = verb.record_entity
            for number in self._hidden(entity):
                yield {
                    "actor_id": self._random.choice(others), "actor": "Somebody",
                    "addon": verb.addon, "verb": verb.key, "entity": key_of(entity),
                    "record_id": number,
                }  # fmt: skip

    # Only what does not show ---------------------------------------------------------------------

    def _attempt(self, what: str, entity: type[Entity]) -> _Attempt:
        return _Attempt(self, what, entity)

    def begin(self) -> Any:
        """A savepoint."""
        return self._connection.begin_nested()

    def shows(self, entity: type[Entity]) -> bool:
        """Whether the person sees other records of an entity than before."""
        if entity not in self._rules:
            self._rules[entity] = self._sight.rule(entity)
        rule = self._rules[entity]
        if rule.compare(false()):
            return False
        found = self._connection.scalars(select(entity.id).where(rule))
        return frozenset(found) != self._seen[entity]


class _Attempt:
    """One change, undone where the database refuses it or the person would see it."""

    def __init__(self, variation: Variation, what: str, entity: type[Entity]) -> None:
        self._variation = variation
        self._entity = entity
        self._what = what
        self._done = False

    def __bool__(self) -> bool:
        return self._done

    def __enter__(self) -> Self:
        self._savepoint = self._variation.begin()
        return self

    def __exit__(self, kind: object, problem: BaseException | None, _trace: object) -> bool:
        if problem is not None or self._variation.shows(self._entity):
            self._savepoint.rollback()
            return isinstance(problem, DBAPIError)
        self._savepoint.commit()
        self._variation.changed[self._what] += 1
        self._done = True
        return True


def _column(entity: type[Entity], link: ToOne) -> str:
    column: Column[Any] = entity.__mapper__.columns[link.key]
    return column.name
