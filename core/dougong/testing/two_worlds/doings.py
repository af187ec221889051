"""Another past: what was done to what somebody does not see, and what of the rest they are not told."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from sqlalchemy import Connection, select

from dougong.access.users import User
from dougong.builtin.audit.entries import entry
from dougong.builtin.audit.values import Told, told_columns
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, key_of
from dougong.testing.oracle.doings import rewrite
from dougong.testing.two_worlds.sight import Sight
from dougong.workflow.event_log import event

OTHER = "told otherwise"
Row = dict[str, Any]


class OtherDoings:
    """Rewrites entries and events wherever the eyes of somebody do not reach."""

    def __init__(self, connection: Connection, sight: Sight, random: Random) -> None:
        self._connection = connection
        self._random = random
        generation = sight.generation
        seen, hidden = sight.seen(connection), sight.hidden(connection)
        self._seen = {key_of(one): numbers for one, numbers in seen.items()}
        self._hidden = {one: sorted(numbers) for one, numbers in hidden.items()}
        self._columns: dict[str, Mapping[str, Told]] = {}
        self._unreadable: dict[str, Mapping[str, frozenset[int]]] = {}
        for entity in generation.models:
            for part in (entity, *generation.extensions.get(entity, ())):
                self._columns[key_of(part)] = told_columns(part)
                self._unreadable[key_of(part)] = sight.unreadable(connection, entity, part)

    def write(self) -> None:
        """Have another past."""
        entries = [dict(one._mapping) for one in self._connection.execute(select(entry))]
        events = self._connection.execute(select(event).where(event.c.id < 0))
        rewrite(
            self._connection,
            [self._changed(one) for one in entries if self._is_kept(one)],
            [self._done(dict(one._mapping)) for one in events],
        )

    def _sees(self, row: Row) -> bool:
        return row["record_id"] in self._seen.get(row["entity"], ())

    def _is_kept(self, row: Row) -> bool:
        """Not everything that was done to what is not seen; all else, unless nothing of it is told."""
        whole = row["what"] != "UPDATED" and row["part"] == row["entity"]
        told = whole or not all(self._is_hidden(row, name) for name in row["changes"])
        return (self._sees(row) and told) or self._random.random() < 0.6

    def _is_hidden(self, row: Row, name: str) -> bool:
        """Whether nothing is told of a column: it is guarded, or leads to what is not seen."""
        if row["record_id"] in self._unreadable[row["part"]].get(name, ()):
            return True
        link = self._link(row, name)
        ends = row["changes"][name] if row["what"] == "UPDATED" else [row["changes"][name]]
        return link is not None and not any(
            end in self._seen[key_of(link)] for end in ends if end is not None
        )

    def _link(self, row: Row, name: str) -> type[Entity] | None:
        told = self._columns[row["part"]].get(name)
        return told.member.target if told and isinstance(told.member, ToOne) else None

    def _changed(self, row: Row) -> Row:
        """The same to somebody's eyes; a link to what is not seen leads to something like it."""
        changes = dict(row["changes"])
        for name, value in changes.items():
            if (link := self._link(row, name)) is not None:
                changed = [self._elsewhere(link, one) for one in self._ends(row, value)]
                changes[name] = changed if row["what"] == "UPDATED" else changed[0]
            elif self._is_hidden(row, name) or not self._sees(row):
                changes[name] = [OTHER, None] if row["what"] == "UPDATED" else OTHER
        by = dict(row["by"])
        if by.get("user") is not None and by["user"] not in self._seen[key_of(User)]:
            by |= {"user": self._elsewhere(User, by["user"]), "label": OTHER}
        if not self._sees(row):
            by |= {"label": OTHER, "verb": OTHER}
        return {**row, "changes": changes, "by": by}

    @staticmethod
    def _ends(row: Row, value: Any) -> list[Any]:
        return value if row["what"] == "UPDATED" else [value]

    def _elsewhere(self, entity: type[Entity], number: Any) -> Any:
        """Of a record that is not seen the number of another such one."""
        others = self._hidden[entity]
        return self._random.choice(others) if number in others else number

    def _done(self, row: Row) -> Row:
        """Who was stood in for is told to whom they see; the rest to whoever sees the record."""
        row["for_user_id"] = self._elsewhere(User, row["for_user_id"])
        if row["actor_id"] not in self._seen[key_of(User)]:
            row |= {"role": OTHER, "actor": OTHER}
        if not self._sees(row):
            row |= {"role": OTHER, "reason": OTHER}
        return row
