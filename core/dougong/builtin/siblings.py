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
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

if TYPE_CHECKING:
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
