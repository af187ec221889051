"""What is checked and stamped when records are written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.attributes import set_attribute
from sqlalchemy.orm.util import identity_key

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.db.session.kinds import WriteSession
from dougong.db.session.reading import written_outside_a_step
from dougong.entity.base import Entity, Extension
from dougong.errors import SetupError


@event.listens_for(WriteSession, "before_flush")
def _check_and_stamp(session: Session, _flush: UOWTransaction, _instances: Any) -> None:
    context: Context | None = session.info.get("context")
    if context is None:
        return
    for record in list(session.new):
        context.check_write(Operation.CREATE, type(record))
        _check_start(record, context)
        _stamp_new(record, context)
    for record in list(session.dirty):
        if session.is_modified(record):
            _check_change(record, context)
            _stamp_changed(record, context)
            _stamp_parent(record, context)
    for record in (*session.new, *session.deleted):
        _stamp_parent(record, context)
    for record in session.deleted:
        context.check_write(Operation.DELETE, type(record))


def _check_start(record: Entity, context: Context) -> None:
    flow = context.generation.workflows.get(type(record))
    if flow is not None and flow.state_of(record) not in (None, flow.start):
        raise SetupError(
            f"{context.acting} creates a {type(record).__name__} that is {flow.state_of(record)}.",
            fix=f"create it {flow.start}, and call the step that leads to that state.",
        )


def _check_change(record: Entity, context: Context) -> None:
    context.check_write(Operation.UPDATE, type(record))
    flow = context.generation.workflows.get(type(record))
    if flow is not None and flow.state_name in _changed(record) and not context.is_moving(record):
        raise written_outside_a_step(type(record), flow.state_name, context)


def _changed(record: Entity) -> list[str]:
    return [name for name, attr in inspect(record).attrs.items() if attr.history.has_changes()]


def _stamp_new(record: Entity, context: Context) -> None:
    if isinstance(record, Extension):
        return
    record.created_at = record.updated_at = context.now
    for name in ("created_by_id", "updated_by_id"):
        set_attribute(record, name, context.principal.user_id)


def _stamp_changed(record: Entity, context: Context) -> None:
    """A change raises the version once in a transaction; an extension's raises its record's."""
    session = context.session
    if isinstance(record, Extension):
        target = session.get(type(record).__extends__, record.id)
        if target is None or target in session.deleted:
            return
        record = target
    if context.first_change(record):
        record.version += 1
    record.updated_at = context.now
    set_attribute(record, "updated_by_id", context.principal.user_id)


def _stamp_parent(child: Entity, context: Context) -> None:
    """Children are part of their parent: who saw its version saw them."""
    owned = context.generation.owned.get(type(child))
    parent: Entity | None = getattr(child, owned.link.name) if owned else None
    if parent is None or parent in context.session.deleted:
        return
    if inspect(parent).persistent:
        _stamp_changed(parent, context)


@event.listens_for(WriteSession, "after_flush")
def _give_new_records_their_extension_rows(session: Session, _flush: UOWTransaction) -> None:
    context: Context | None = session.info.get("context")
    if context is None:
        return
    written = {(type(one), one.id) for one in session.new}
    bare: dict[type[Extension[Any]], list[dict[str, int]]] = {}
    for record in session.new:
        context.first_change(record)
        for extension in context.generation.extensions.get(type(record), ()):
            if (extension, record.id) not in written:
                bare.setdefault(extension, []).append({"id": record.id})
    with context.as_core():
        for extension, rows in bare.items():
            session.execute(insert(extension.__table__), rows)


@event.listens_for(WriteSession, "after_flush")
def _note_whose_children_changed(session: Session, _flush: UOWTransaction) -> None:
    context: Context | None = session.info.get("context")
    if context is None:
        return
    parents: set[tuple[type[Entity], int]] = session.info.setdefault("parents", set())
    for child in (*session.new, *session.dirty, *session.deleted):
        many = context.generation.owned.get(type(child))
        if many is not None:
            parents.add((many.link.target, getattr(child, many.key)))


@event.listens_for(WriteSession, "after_flush_postexec")
def _read_children_and_sums_anew(session: Session, _flush: UOWTransaction) -> None:
    """What a parent knew of its children is forgotten when one of them has changed."""
    for entity, number in session.info.pop("parents", ()):
        parent = session.identity_map.get(identity_key(entity, number))
        if parent is not None:
            names = (*entity.__owned__, *entity.__sums__)
            session.expire(parent, [name for name in names if name in parent.__dict__])
