"""Verifying: whether the logs are as they were sealed, and if not, which row is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from dougong.builtin.audit.retention import DIGEST, LEAST_DAYS, REMOVE
from dougong.builtin.audit.sealing import CANONICAL, SEALED, hash_of


@dataclass(frozen=True)
class Broken:
    """The first thing that is not as it was sealed."""

    seal: int
    """The seal that says so."""
    log: str
    id: int | None
    """The row's number; None where it is the seal itself."""
    how: str
    """ALTERED, REMOVED or INSERTED."""

    def __str__(self) -> str:
        if self.id is None:
            return f"Seal {self.seal} was {self.how.lower()}."
        if self.log == DECIDED:
            return (
                f"What event {self.id} decided to remove from the audit is not what "
                "dougong.audit_removal says, or was not old enough."
            )
        where = f"row {self.id} of dougong.{self.log}"
        said = {"ALTERED": "was altered", "REMOVED": "was removed", "INSERTED": "was inserted"}
        return f"The {where} {said[self.how]} after it was sealed (seal {self.seal})."


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what is wrong."""

    seals: int
    rows: int
    unsealed: Mapping[str, int]
    """How many rows of each log no seal is over yet."""
    head: str
    """The hash of the last seal, to be kept elsewhere; empty where there is none."""
    broken: Broken | None
    found_head: bool
    """Whether the head that was asked for is in the chain."""
    removed: int = 0
    """How many rows were removed, or will be, as was decided and sealed."""


SEALS = text(f"""
select s.number, s.log, s.last_era, s.last_xid, s.last_id, cardinality(s.ids), s.previous, s.hash,
       {SEALED.format(s="s")} = s.hash and cardinality(s.ids) = cardinality(s.hashes)
  from dougong.audit_seal s where s.number > :after order by s.number limit 100
""")
ROWS = """
with sealed as (
    select one.id, one.hash from dougong.audit_seal, unnest(ids, hashes) as one(id, hash)
     where number = :number
),
found as (
    select id, {hash} as hash from dougong.{log}
     where {after} (era, xid, id) <= (:last_era, :last_xid, :last_id)
)
select coalesce(s.id, f.id),
       case when s.id is null then 'INSERTED' when f.id is null then 'REMOVED' else 'ALTERED' end
  from sealed s full join found f on f.id = s.id
 where f.hash is distinct from s.hash
   and not (f.id is null and s.id in (
        select unnest(r.ids) from dougong.audit_removal r
         where r.seal = :number and r.event = any(:decided)))
 order by 1, 2 limit 1
"""
AFTER = "(era, xid, id) > (:era, :xid, :id) and"
Place = tuple[int, int, int]


DECIDED = "audit_removal"
# What was decided counts once its event is sealed; from then on its rows may be there, or not. The
# moments of seals are part of their hashes: nothing is removed that was sealed within a year.
DECISIONS = text(f"""
with each as (
    select r.event, {DIGEST} as digest, max(s.at) as youngest,
           bool_and(s.log = 'audit_entry') as of_entries, sum(cardinality(r.ids))::bigint as rows
      from dougong.audit_removal r left join dougong.audit_seal s on s.number = r.seal
     group by r.event
)
select each.event, each.rows, d.number,
       e.id is not null and e.verb = '{REMOVE}' and e.form->>'digest' = each.digest
       and coalesce(each.of_entries, false)
       and (d.at is null or each.youngest < d.at - interval '{LEAST_DAYS} days') as right
  from each
  left join dougong.event e on e.id = each.event
  left join lateral (
        select number, at from dougong.audit_seal
         where log = 'event' and (last_era, last_xid, last_id) >= (e.era, e.xid, e.id)
         order by number limit 1) d on true
 order by each.event
""")


def verify(connection: Connection, head: str | None = None) -> Verified:
    """Compare every sealed row with what was sealed, seal by seal, up to the first difference.

    `head` is a hash that was kept elsewhere: it must be that of one of the seals. Read in one
    snapshot (`REPEATABLE READ`), it may run beside everything else.
    """
    reached: dict[str, Place] = {}
    hash_before, number, rows, broken = b"", 0, 0, None
    found_head = head is None
    decided, removed, forged = _decisions(connection)
    for one in _seals(connection):
        if one["number"] != number + 1:
            broken = Broken(number + 1, one["log"], None, "REMOVED")
        elif not one["right"] or one["previous"] != hash_before or one["log"] not in CANONICAL:
            broken = Broken(one["number"], one["log"], None, "ALTERED")
        else:
            broken = _differing(connection, one, reached.get(one["log"]), decided)
        if broken is not None:
            break
        number, hash_before = one["number"], one["hash"]
        rows += one["count"]
        reached[one["log"]] = one["last"]
        found_head = found_head or hash_before.hex() == head
    unsealed = {log: _unsealed(connection, log, reached.get(log)) for log in CANONICAL}
    rows = max(0, rows - removed)
    head_now = hash_before.hex()
    return Verified(number, rows, unsealed, head_now, forged or broken, found_head, removed)


def _decisions(connection: Connection) -> tuple[list[int], int, Broken | None]:
    """The sealed decisions to remove entries, how many these are, and the first that is forged."""
    decided: list[int] = []
    rows = 0
    for event, count, seal, right in connection.execute(DECISIONS):
        if not right:
            return decided, rows, Broken(seal or 0, DECIDED, event, "ALTERED")
        if seal is not None:
            decided.append(event)
            rows += count
    return decided, rows, None


def _seals(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """All seals in order, without what they are over."""
    number = -1
    while found := connection.execute(SEALS, {"after": number}).all():
        for row in found:
            number = row[0]
            yield {
                "number": number,
                "log": row[1],
                "last": tuple(row[2:5]),
                "count": row[5],
                "previous": row[6],
                "hash": row[7],
                "right": row[8],
            }


def _differing(
    connection: Connection, one: Mapping[str, Any], after: Place | None, decided: list[int]
) -> Broken | None:
    """The first row that is not as a seal has it."""
    log = one["log"]
    given: dict[str, Any] = dict(zip(("last_era", "last_xid", "last_id"), one["last"], strict=True))
    given |= dict(zip(("era", "xid", "id"), after or (), strict=False))
    statement = ROWS.format(hash=hash_of(log), log=log, after=AFTER if after else "")
    given |= {"number": one["number"], "decided": decided if log == "audit_entry" else []}
    found = connection.execute(text(statement), given).first()
    return None if found is None else Broken(one["number"], log, found[0], found[1])


def _unsealed(connection: Connection, log: str, after: Place | None) -> int:
    where = f"where {AFTER.removesuffix(' and')}" if after else ""
    given: dict[str, Any] = dict(zip(("era", "xid", "id"), after or (), strict=False))
    counted = connection.execute(text(f"select count(*) from dougong.{log} {where}"), given)
    return int(counted.scalar_one())
