"""The event log: one row for everything that was done, never changed, readable for ever."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Exists,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    exists,
    func,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, dialect
from sqlalchemy.orm import Session

from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.fields import Money
from dougong.entity.model import key_of
from dougong.entity.registry import registry_of

WAITING = "events that wait"
"""In a session's `info`: the rows of events that are not written yet."""
THIS_ERA = "dougong.audit_era()"
THIS_TRANSACTION = "((pg_current_xact_id())::text)::bigint"
event = Table(
    "event",
    registry_of(CORE).metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor_id", BigInteger),
    Column("actor", Text, nullable=False),
    Column("for_user_id", BigInteger),
    Column("addon", Text, nullable=False),
    Column("verb", Text, nullable=False),
    Column("entity", Text),
    Column("record_id", BigInteger),
    Column("from_state", Text),
    Column("to_state", Text),
    Column("form", JSONB),
    Column("role", Text),
    Column("reason", Text),
    Column("era", Integer, nullable=False, server_default=text(THIS_ERA)),
    Column("xid", BigInteger, nullable=False, server_default=text(THIS_TRANSACTION)),
    Index("ix_event_record", "entity", "record_id"),
    Index("ix_event_place", "era", "xid", "id", unique=True),
)
"""No foreign keys: a row outlives the user, the record and the add-on that it speaks of.

`actor` is the person's name, `for_user_id` who was stood in for (a delegation), `role` the role
under which the person was permitted, and `addon` the add-on whose code acted (the verb's own
add-on, or the add-on whose reaction called the verb, which needs no role). `era` and `xid` are the
transaction, as the audit has it.
"""
_DIALECT: Any = dialect()  # type: ignore[no-untyped-call]
_GIVEN = [one for one in event.c if one.name not in ("id", "era", "xid")]
_NAMES = ", ".join(one.name for one in _GIVEN)
_AS = ", ".join(f"{one.name} {one.type.compile(_DIALECT)}" for one in _GIVEN)
_WRITE = text(
    f"INSERT INTO dougong.event ({_NAMES}) SELECT {_NAMES} FROM ROWS FROM (json_to_recordset(:rows) "
    f"AS ({_AS})) WITH ORDINALITY AS given ({_NAMES}, place) ORDER BY place"
)
"""Any number of rows by one statement, so that triggers run once for all of them."""


def append(
    session: Session | Connection,
    *,
    verb: str,
    addon: str,
    actor: tuple[int | None, str],
    for_user: int | None = None,
    records: Sequence[Entity | None],
    at: datetime,
    states: tuple[str | None, str | None] = (None, None),
    form: dict[str, Any] | None = None,
    reason: str | None = None,
    roles: Sequence[str | None] = (None,),
) -> None:
    """Write one event for each of the records in the verb's own transaction.

    A session that keeps what waits (`WAITING`) writes it with others, see `write_waiting`.
    `roles` has one for each record, or one for all of them.
    """
    same = {
        "at": at,
        "actor_id": actor[0],
        "actor": actor[1],
        "for_user_id": for_user,
        "addon": addon,
        "verb": verb,
        "from_state": states[0],
        "to_state": states[1],
        "form": {name: plain(value) for name, value in form.items()} if form else None,
        "reason": reason,
    }
    each = roles if len(roles) == len(records) else [*roles] * len(records)
    rows = [
        same
        | {
            "entity": key_of(type(record)) if record is not None else None,
            "record_id": record.id if record is not None else None,
            "role": role,
        }
        for record, role in zip(records, each, strict=True)
    ]
    if WAITING in session.info:
        session.info[WAITING] += rows
    else:
        session.execute(_WRITE, {"rows": json.dumps(rows, default=plain)})


def write_waiting(session: Session) -> None:
    """Write the events that wait: before a commit, a savepoint, and whoever asks for events."""
    if rows := session.info.get(WAITING):
        session.info[WAITING] = []
        written = {"rows": json.dumps(rows, default=plain)}
        Session.connection(session).execute(_WRITE, written)


def done_by(verb: str, record: Any, users: Sequence[Any]) -> Exists:
    """Whether one of some users, or somebody in their name, has ever done a verb.

    To a record, or to each row of an entity; then the users too may depend on the row.
    """
    entity = type(record) if isinstance(record, Entity) else record
    return exists().where(
        event.c.entity == key_of(entity),
        event.c.record_id == record.id,
        event.c.verb == verb,
        or_(event.c.actor_id.in_(users), event.c.for_user_id.in_(users)),
    )


def plain(value: Any) -> Any:
    """A form value as JSON keeps it: records by their global id, exact numbers as text."""
    match value:
        case Entity():
            return f"{type(value).__name__}:{value.id}"
        case Money():
            return {"amount": str(value.amount), "currency": value.currency}
        case Enum():
            return value.name
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case list() | tuple():
            return [plain(one) for one in value]
        case dict():
            return {str(key): plain(one) for key, one in value.items()}
        case _:
            return value
