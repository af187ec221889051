"""Records that lie in a session beside others: what code asks of one of them is read for all.

Rules go through the lines of an order and ask each for its product, or for its row of an
extension. That is one statement for all lines, not one for each, and no rule has to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect as object_state
from sqlalchemy import select
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.orm import ORMExecuteState, Session, object_session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

if TYPE_CHECKING:
    from dougong.access.users import User
    from dougong.entity.base import Entity, Extension
    from dougong.entity.declare import DeclaredLink

MOST = 500
"""Siblings for which something is read at once."""


def read_links(state: ORMExecuteState) -> IteratorResult[Any] | None:
    """Where a link of one record is followed, follow it for the others.

    Only for rules: they see all records of an entity, or none. What is shown to a user, or was
    seen by special rights, is read record by record.
    """
    context = state.session.info.get("context")
    if context is None or context.asks or context.elevation or not state.is_relationship_load:
        return None
    asked, path = state.lazy_loaded_from, state.loader_strategy_path
    if asked is None or path is None:
        return None
    record: Any = asked.obj()
    names = [name for one in path.path if (name := getattr(one, "key", None))]
    link = type(record).__links__.get(names[-1] if names else "")
    if link is None:
        return None
    linked: dict[int, list[Entity]] = {}
    for one in islice(_unlinked(record, link, state.session), MOST):
        linked.setdefault(one.__dict__[link.key], []).append(one)
    mine = record.__dict__.get(link.key)
    if len(linked) < 2 or mine not in linked:
        return None
    target: Any = type(record).__mapper__.relationships[link.name].mapper.class_
    found = state.session.scalars(select(target).where(target.id.in_(linked))).all()
    for one in found:
        for sibling in linked[one.id]:
            if sibling is not record and sibling.__dict__.get(link.key) == one.id:
                set_committed_value(sibling, link.name, one)
    answer = [(one,) for one in found if one.id == mine]
    return IteratorResult(SimpleResultMetaData([target.__name__]), iter(answer))


class Person:
    """Who did something with a record, as the record's column says.

    No relationship, of which SQLAlchemy would hold two for each entity: nobody ever sets it.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name, self._key = name, f"{name}_id"

    def __get__(self, record: Entity | None, owner: type[Entity]) -> User | None:
        """The user, read for the record's siblings as well; None where nobody is to be seen."""
        if record is None:
            raise AttributeError(
                f"{owner.__name__}.{self._name} is asked of a record only. "
                f"Fix: compare {owner.__name__}.{self._key} with a number."
            )
        number, session = getattr(record, self._key), object_session(record)
        if number is None or session is None:
            return None
        from dougong.access.users import User

        held = object_state(record).info
        known = held.get(self._name)
        if known is not None and known in session and identity_key(instance=known)[1] == (number,):
            return known  # type: ignore[no-any-return]
        context = session.info.get("context")
        if context is not None and not (context.asks or context.elevation):
            self._read(record, session, User)
        held[self._name] = session.get(User, number)
        return held[self._name]  # type: ignore[no-any-return]

    def __set__(self, record: Entity, value: object) -> None:
        raise AttributeError(f"{self._name} is set by the core: leave it out.")

    def _read(self, record: Entity, session: Session, user: type[User]) -> None:
        """Have those at hand who did it with the siblings."""
        beside = islice(_siblings(record, session), MOST)
        by = {one: one.__dict__.get(self._key) for one in (record, *beside)}
        unknown = {
            number
            for number in by.values()
            if number and identity_key(user, number) not in session.identity_map
        }
        if len(unknown) > 1:
            found = session.scalars(select(user).where(user.id.in_(unknown))).all()
            people = {one.id: one for one in found}
            for one, number in by.items():
                if number in people:
                    object_state(one).info[self._name] = people[number]


def read_rows(extension: type[Extension[Any]], record: Entity, session: Session) -> None:
    """Have the rows of an extension at hand for a record and all beside it."""
    if identity_key(extension, record.id) in session.identity_map:
        return
    known = session.identity_map
    bare = (
        one
        for one in _siblings(record, session)
        if "id" in one.__dict__ and identity_key(extension, one.__dict__["id"]) not in known
    )
    wanted = {one.__dict__["id"]: one for one in (record, *islice(bare, MOST))}
    if len(wanted) > 1:
        for row in session.scalars(select(extension).where(extension.id.in_(wanted))):
            object_state(wanted[row.id]).info[extension] = row  # nobody else holds it


def let_go_of_rows(records: Iterable[Entity], session: Session) -> None:
    """Have rows that were read beside others read anew: their records have just been locked."""
    for record in records:
        for row in object_state(record).info.values():
            if row in session and not object_state(row).modified:
                session.expire(row)


def _unlinked(record: Entity, link: DeclaredLink, session: Session) -> Iterator[Entity]:
    """The record and those beside it whose link, which is stored, was not followed yet."""
    yield record
    for one in _siblings(record, session):
        stored = link.key not in object_state(one).committed_state
        if one.__dict__.get(link.key) is not None and link.name not in one.__dict__ and stored:
            yield one


def _siblings(record: Entity, session: Session) -> Iterator[Entity]:
    kind = type(record)
    return (one for one in session.identity_map.values() if type(one) is kind and one is not record)
