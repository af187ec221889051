"""The whole audit, for who looks after it: also of records and add-ons that are gone."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry
from sqlalchemy import select, text

from dougong.access.context import Context
from dougong.access.permissions import Permission, Role
from dougong.builtin.audit.entries import retention
from dougong.builtin.audit.keeping import KEEP_AUDIT, set_audit_retention
from dougong.builtin.audit.retention import carry_out_removals, decide_removal, remove_old_audit
from dougong.builtin.audit.values import label_of
from dougong.db.naming import upper_first
from dougong.entity.fields import RecordId
from dougong.entity.model import key_of
from dougong.errors import Invalid
from dougong.verbs.query import query

__all__ = [
    "AUDIT_READER",
    "KEEP_AUDIT",
    "READ_AUDIT",
    "audit_entries",
    "audit_retention",
    "carry_out_removals",
    "decide_removal",
    "remove_old_audit",
    "set_audit_retention",
]
READ_AUDIT = Permission(
    "dougong.read_audit", "Read the whole audit: every change, also of what is guarded or gone."
)
AUDIT_READER = Role(
    "dougong.audit_reader",
    "Reads everything that was ever changed, by whom and why.",
    grants=[READ_AUDIT],
)
MOST = 100


class AuditKind(StrEnum):
    """What sort of change it was."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


@strawberry.type
class AuditValue:
    """A column before and after a change."""

    field: str
    """The column of the table, as it was called then."""
    label: str
    """The same in words."""
    before: str | None
    """What it was, as the database has it."""
    after: str | None
    """What it became; of a secret, nothing but that it changed is kept."""


@strawberry.type
class AuditEntry:
    """Something that a transaction did to one row."""

    cursor: str
    """Where it stands: `after` for the next page."""
    at: datetime
    """When the transaction began."""
    transaction: str
    """What all that was done together has in common."""
    kind: AuditKind
    """What sort of change it was."""
    entity: str
    """Of what: `crm.lead`, whether or not it is installed."""
    label: str
    """The same in words."""
    record: str | None
    """The record's id; null for what has none."""
    part: str
    """The table that was written: that of the entity, or of an extension."""
    user: str | None
    """Who did it."""
    by: str | None
    """What that person, job or program was called."""
    on_behalf_of: str | None
    """Who was stood in for."""
    addon: str | None
    """The add-on whose code made the change."""
    verb: str | None
    """What was being done."""
    role: str | None
    """The role that permitted it."""
    reason: str | None
    """Why, where a reason was asked for."""
    elevation: str | None
    """Why its code read more than its add-on may."""
    changes: list[AuditValue]
    """What was changed, or what the row was."""


LIST = """
select e.era, e.xid, e.id, e.at, e.what, e.entity, e.part, e.record_id, e.changes::text, e.by::text,
       done.role, done.reason, done.for_user_id
  from dougong.audit_entry e
  left join lateral (
        select d.role, d.reason, d.for_user_id from dougong.event d
         where d.era = e.era and d.xid = e.xid and d.verb = e.by->>'verb'
         order by (d.entity = e.entity and d.record_id = e.record_id) desc nulls last, d.id limit 1
       ) done on true
 where {conditions}
 order by e.era desc, e.xid desc, e.id desc limit :first
"""


@query(needs=READ_AUDIT)
def audit_entries(
    ctx: Context,
    *,
    entity: str | None = None,
    record: RecordId | None = None,
    kind: AuditKind | None = None,
    user: RecordId | None = None,
    addon: str | None = None,
    verb: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    first: int = 20,
    after: str | None = None,
) -> list[AuditEntry]:
    """Everything that was changed, the latest first.

    entity: Only of this entity, such as `crm.lead`, also where its add-on is gone.
    record: Only of this record, such as `Lead:42`; of an add-on that is gone give `entity` too.
    kind: Only such changes.
    user: Only what this person did, such as `User:1`.
    addon: Only what the code of this add-on did.
    verb: Only what was done by this verb, such as `crm.qualify`.
    since: Not before this moment.
    until: Before this moment.
    first: How many, at most 100.
    after: A cursor: only what comes after it in this order.
    """
    if not 1 <= first <= MOST:
        raise Invalid("out_of_range", at=("first",), least=1, most=MOST)
    conditions, given = ["true"], dict[str, Any](first=first)

    def only(condition: str, name: str, value: Any) -> None:
        if value is not None:
            conditions.append(condition)
            given[name] = value

    named, number = _record(ctx, record, entity)
    only("e.entity = :entity", "entity", named)
    only("e.record_id = :record", "record", number)
    only("e.what = :kind", "kind", kind and kind.value)
    only("e.by @> cast(:user as jsonb)", "user", user and _user(user))
    only("e.by->>'addon' = :addon", "addon", addon)
    only("e.by->>'verb' = :verb", "verb", verb)
    only("e.at >= :since", "since", since)
    only("e.at < :until", "until", until)
    if after is not None:
        conditions.append("(e.era, e.xid, e.id) < (:era, :xid, :id)")
        given |= zip(("era", "xid", "id"), _place(after), strict=True)
    listing = text(LIST.format(conditions=" and ".join(conditions)))
    names = {key_of(one): one.__name__ for one in ctx.generation.models}
    with ctx.as_core():
        return [_shown(row, names) for row in ctx.session.execute(listing, given)]


def _record(ctx: Context, record: str | None, entity: str | None) -> tuple[str | None, int | None]:
    """The entity and the number that are asked for."""
    if record is None:
        return entity, None
    name, number = _numbered(record, "record")
    found = {one.__name__: key_of(one) for one in ctx.generation.models}
    if entity is None and name not in found:
        raise Invalid("bad_id", at=("record",), id=record[:80], entity="record")
    return entity or found[name], number


def _user(user: str) -> str:
    name, number = _numbered(user, "user")
    if name != "User":
        raise Invalid("bad_id", at=("user",), id=user[:80], entity="User")
    return json.dumps({"user": number})


def _numbered(given: str, at: str) -> tuple[str, int]:
    name, _, number = given.partition(":")
    if not (name.isidentifier() and number.isascii() and number.isdigit() and len(number) < 19):
        raise Invalid("bad_id", at=(at,), id=given[:80], entity="record")
    return name, int(number)


def _shown(row: Sequence[Any], names: Mapping[str, str]) -> AuditEntry:
    era, xid, number, at, what, entity, part, record, changes, said, role, reason, other = row
    by = json.loads(said)
    noun = entity.rpartition(".")[2]
    name = names.get(entity) or "".join(map(upper_first, noun.split("_")))
    user = by.get("user")
    return AuditEntry(
        cursor=_cursor(era, xid, number),
        at=at,
        transaction=f"{era}-{xid}",
        kind=AuditKind(what),
        entity=entity,
        label=label_of(noun),
        record=None if record is None else f"{name}:{record}",
        part=part,
        user=None if user is None else f"User:{user}",
        by=f"{by['label']} ({by['program']})" if "program" in by else by.get("label"),
        on_behalf_of=None if other is None else f"User:{other}",
        addon=by.get("addon"),
        verb=by.get("verb"),
        role=role,
        reason=reason,
        elevation=by.get("elevation"),
        changes=[_value(what, column, value) for column, value in _exact(changes).items()],
    )


def _exact(said: str) -> dict[str, Any]:
    """What changed, with numbers that have a point as texts, so that none of it is lost."""
    found: dict[str, Any] = json.loads(said, parse_float=str)
    return found


def _value(what: str, column: str, value: Any) -> AuditValue:
    before, after = None, None
    if what == "UPDATED" and isinstance(value, list):
        before, after = (value[0], value[1]) if value else (None, None)
    elif what == "DELETED":
        before = value
    else:
        after = value
    label, told = label_of(column.removesuffix("_id")), (_text(before), _text(after))
    return AuditValue(field=column, label=label, before=told[0], after=told[1])


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _cursor(*place: int) -> str:
    return base64.urlsafe_b64encode("audit:{}:{}:{}".format(*place).encode()).decode()


def _place(cursor: str) -> Sequence[int]:
    """What a cursor says; raises Invalid (`bad_cursor`)."""
    try:
        said = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        said = ""
    of, *numbers = said.split(":")
    right = of == "audit" and len(numbers) == 3
    if not right or not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers):
        raise Invalid("bad_cursor", at=("after",))
    return [int(one) for one in numbers]


@strawberry.type
class AuditRetention:
    """How long some entries of the audit are kept."""

    entity: str
    """Whose changes: `crm.lead`; empty: of all that nothing else is said of."""
    kind: str
    """Which sort of changes: an AuditKind; empty: all that nothing else is said of."""
    years: int
    """For how many years; 0: for ever."""


@query(needs=KEEP_AUDIT)
def audit_retention(ctx: Context) -> list[AuditRetention]:
    """How long the audit is kept: what nothing is said of, for ever."""
    with ctx.as_core():
        rules = select(retention.c.entity, retention.c.kind, retention.c.years)
        found = ctx.session.execute(rules.order_by(retention.c.entity, retention.c.kind))
        return [AuditRetention(entity=one[0], kind=one[1], years=one[2]) for one in found]
