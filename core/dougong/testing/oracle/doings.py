"""What was done to random records, and by whom: entries of the audit, and the events of verbs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from dougong.access.users import User
from dougong.builtin.audit.entries import entry
from dougong.builtin.audit.values import told_columns
from dougong.entity.base import Entity
from dougong.entity.model import key_of
from dougong.generation import Generation
from dougong.workflow.event_log import event

ERA = 1
TRANSACTIONS = 9
MOST = 3
"""So many changes of a record, after it was made."""
REASONS = ("As agreed", "斗拱", None)
Row = dict[str, Any]


def rewrite(connection: Connection, entries: Sequence[Row], events: Sequence[Row]) -> None:
    """Have just these entries, and just these events with numbers below 0."""
    logs = (entry, entries, delete(entry)), (event, events, delete(event).where(event.c.id < 0))
    for log, rows, emptied in logs:
        connection.execute(text(f"alter table {log.fullname} disable trigger user"))
        connection.execute(emptied)
        if rows:
            connection.execute(insert(log), rows)
        connection.execute(text(f"alter table {log.fullname} enable trigger user"))


class Doings:
    """A few changes of each record, to what it has from what another has; with their events."""

    def __init__(self, connection: Connection, generation: Generation, random: Random) -> None:
        self._connection = connection
        self._generation = generation
        self._random = random
        users = select(*User.__table__.c["id", "name"]).order_by(User.__table__.c.id)
        self._people = connection.execute(users).all()
        self._events: list[Row] = []
        self._last = -1_000_000

    def log(self) -> None:
        """Have nothing else been done."""
        entries = [
            one
            for entity in self._generation.models
            for part in (entity, *self._generation.extensions.get(entity, ()))
            for one in self._of(entity, part)
        ]
        rewrite(self._connection, entries, self._events)

    def _of(self, entity: type[Entity], part: type[Entity]) -> Iterator[Row]:
        found = self._connection.execute(
            text(f"select id, to_jsonb(t)::text from {part.__table__.fullname} t order by id")
        )
        rows = [(number, json.loads(said)) for number, said in found]
        names = sorted(told_columns(part).keys() & {*part.__table__.c.keys()})
        verbs = [one.key for one in self._generation.verbs if one.record_entity is entity]
        verbs.append(f"{key_of(entity)}.update")
        for number, row in rows:
            said = {"entity": key_of(entity), "part": key_of(part), "record_id": number}
            if part is entity:
                values = {name: row[name] for name in names if row[name] is not None}
                yield self._entry(said, "CREATED", values, f"{key_of(entity)}.create")
            for _ in range(self._random.randrange(MOST + 1)):
                _, other = self._random.choice(rows)
                some = self._random.sample(names, self._random.randint(0, min(len(names), 3)))
                changes = {n: [other[n], row[n]] for n in some if other[n] != row[n]}
                if changes:
                    yield self._entry(said, "UPDATED", changes, self._random.choice(verbs))

    def _entry(self, said: Row, what: str, changes: Row, verb: str) -> Row:
        """An entry, and mostly its event: of the same record, or of whichever was before it."""
        random = self._random
        xid = random.randrange(TRANSACTIONS)
        user, name = tuple(self._people[xid % len(self._people)])
        addon = said["entity"].partition(".")[0]
        by = {"user": user, "label": name, "addon": addon, "verb": verb}
        if random.random() < 0.7:
            other = random.choice(self._people).id if random.random() < 0.3 else None
            self._last += 1
            self._events.append(
                {
                    "id": self._last,
                    "era": ERA,
                    "xid": xid,
                    "verb": verb,
                    "addon": addon,
                    "actor_id": user,
                    "actor": name,
                    "for_user_id": other,
                    "role": "a.role",
                    "entity": said["entity"],
                    "record_id": said["record_id"],
                    "reason": random.choice(REASONS),
                }
            )
        self._last += 1
        return {
            **said,
            "id": self._last,
            "era": ERA,
            "xid": xid,
            "what": what,
            "changes": changes,
            "by": by if random.random() < 0.9 else {"label": "by hand"},
        }
