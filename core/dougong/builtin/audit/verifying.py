"""Verifying: whether the logs are as they were sealed, and if not, which row is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

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
 where f.hash is distinct from s.hash order by 1, 2 limit 1
"""
AFTER = "(era, xid, id) > (:era, :xid, :id) and"
Place = tuple[int, int, int]


def verify(connection: Connection, head: str | None = None) -> Verified:
    """Compare every sealed row with what was sealed, seal by seal, up to the first difference.

    `head` is a hash that was kept elsewhere: it must be that of one of the seals. Read in one
    snapshot (`REPEATABLE READ`), it may run beside everything else.
    """
    reached: dict[str, Place] = {}
    hash_before, number, rows, broken = b"", 0, 0, None
    found_head = head is None
    for one in _seals(connection):
        if one["number"] != number + 1:
            broken = Broken(number + 1, one["log"], None, "REMOVED")
        elif not one["right"] or one["previous"] != hash_before or one["log"] not in CANONICAL:
            broken = Broken(one["number"], one["log"], None, "ALTERED")
        else:
            broken = _differing(connection, one, reached.get(one["log"]))
        if broken is not None:
            break
        number, hash_before = one["number"], one["hash"]
        rows += one["count"]
        reached[one["log"]] = one["last"]
        found_head = found_head or hash_before.hex() == head
    unsealed = {log: _unsealed(connection, log, reached.get(log)) for log in CANONICAL}
    return Verified(number, rows, unsealed, hash_before.hex(), broken, found_head)


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
    connection: Connection, one: Mapping[str, Any], after: Place | None
) -> Broken | None:
    """The first row that is not as a seal has it."""
    log = one["log"]
    given = dict(zip(("last_era", "last_xid", "last_id"), one["last"], strict=True))
    given |= dict(zip(("era", "xid", "id"), after or (), strict=False))
    statement = ROWS.format(hash=hash_of(log), log=log, after=AFTER if after else "")
    found = connection.execute(text(statement), {**given, "number": one["number"]}).first()
    return None if found is None else Broken(one["number"], log, found[0], found[1])


def _unsealed(connection: Connection, log: str, after: Place | None) -> int:
    where = f"where {AFTER.removesuffix(' and')}" if after else ""
    given: dict[str, Any] = dict(zip(("era", "xid", "id"), after or (), strict=False))
    counted = connection.execute(text(f"select count(*) from dougong.{log} {where}"), given)
    return int(counted.scalar_one())
