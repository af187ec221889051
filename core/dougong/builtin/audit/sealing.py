"""Sealing: what is committed gets a link in a chain of hashes, once no transaction can add to it.

Rows stand in the order of their transactions. A transaction that began before all that still run is
over, so no row can come between those that are sealed, whenever it was committed; and so are all of
an era before.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, text

SEALING = 4_611_000_003
"""Held by the one transaction that seals; see dougong.db.locks for the others."""
PORTION = 5_000
"""How many rows one seal has at most."""
PORTIONS = 20
"""How many seals over each log one transaction makes at most."""

# Texts that differ wherever a byte of a row does: JSON is kept as text, moments without the zone of
# whoever looks. What a column means never changes; a new one needs a new kind of seal.
CANONICAL: Mapping[str, str] = MappingProxyType(
    {
        "audit_entry": "jsonb_build_array(era, xid, id, at at time zone 'UTC', entity, part, "
        "record_id, what, changes::text, by::text)",
        "event": "jsonb_build_array(era, xid, id, at at time zone 'UTC', actor_id, actor, "
        "for_user_id, addon, verb, entity, record_id, from_state, to_state, form::text, role, reason)",
    }
)
"""The logs that are sealed, and what is hashed of a row of each."""
SEALED = """
sha256(convert_to(jsonb_build_array({s}.number, {s}.log, {s}.at at time zone 'UTC', {s}.last_era,
    {s}.last_xid, {s}.last_id, {s}.ids,
    (select encode(sha256(string_agg(one, ''::bytea order by place)), 'hex')
       from unnest({s}.hashes) with ordinality as each(one, place)),
    encode({s}.previous, 'hex'))::text, 'UTF8'))
"""
"""The hash of a seal."""
FIRST = (0, 0, 0)


def hash_of(log: str) -> str:
    """The hash of a row, as SQL."""
    return f"sha256(convert_to(({CANONICAL[log]})::text, 'UTF8'))"


SEAL = """
with head as (select number, hash from dougong.audit_seal order by number desc limit 1),
last as (select last_era, last_xid, last_id from dougong.audit_seal
          where log = '{log}' order by number desc limit 1),
found as (
    select era, xid, id, {hash} as hash from dougong.{log}
     where (not exists (select from last)
            or (era, xid, id) > (select last_era, last_xid, last_id from last))
       and (xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            or era < dougong.audit_era())
     order by era, xid, id limit {portion}
),
one as (
    select coalesce((select number from head), 0) + 1 as number, '{log}'::text as log,
           clock_timestamp() as at,
           (array_agg(era order by era desc, xid desc, id desc))[1] as last_era,
           (array_agg(xid order by era desc, xid desc, id desc))[1] as last_xid,
           (array_agg(id order by era desc, xid desc, id desc))[1] as last_id,
           array_agg(id order by era, xid, id) as ids,
           array_agg(hash order by era, xid, id) as hashes,
           coalesce((select hash from head), ''::bytea) as previous
      from found having count(*) > 0
)
insert into dougong.audit_seal
    (number, log, at, last_era, last_xid, last_id, ids, hashes, previous, hash)
select number, log, at, last_era, last_xid, last_id, ids, hashes, previous, {sealed} from one
returning cardinality(ids)
"""


def seal_some(connection: Connection, portions: int) -> int:
    """Seal what is committed and is not sealed; how many rows, none while somebody else does."""
    lock = text("select pg_try_advisory_xact_lock(:key)")
    if not connection.execute(lock, {"key": SEALING}).scalar_one():
        return 0
    count = 0
    for log in CANONICAL:
        statement = text(
            SEAL.format(
                log=log,
                hash=hash_of(log),
                portion=PORTION,
                sealed=SEALED.format(s="one"),
            )
        )
        for _ in range(portions):
            sealed = connection.execute(statement).scalar() or 0
            count += sealed
            if sealed < PORTION:
                break
    return count


def begin_era(connection: Connection) -> None:
    """Have the transactions of this server come after all that there were on another.

    For an installation that has just been recovered, before anything else is written to it.
    """
    if connection.execute(text("select to_regclass('dougong.audit_seal')")).scalar() is None:
        return  # it is of a time before the audit
    era = connection.execute(
        text(
            "select 1 + greatest((select max(era) from dougong.audit_entry), "
            "(select max(era) from dougong.event), 0)"
        )
    ).scalar_one()
    connection.execute(
        text(
            "create or replace function dougong.audit_era() returns integer "
            f"language sql immutable as 'select {int(era)}'"
        )
    )
