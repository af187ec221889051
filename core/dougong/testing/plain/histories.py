"""Histories of records, put together in Python from every entry that there is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Text, cast, select

from dougong.access.users import User
from dougong.builtin.audit.entries import entry
from dougong.builtin.audit.values import Told, told_by, told_columns
from dougong.entity.model import ToOne, key_of
from dougong.graphql.ids import global_id
from dougong.graphql.types import PAGE_SIZE
from dougong.testing.plain.records import Records, Seen
from dougong.workflow.event_log import event


class Logs:
    """All that was done, loaded once; for data that does not change meanwhile."""

    def __init__(self, records: Records) -> None:
        self._records = records

    @cached_property
    def entries(self) -> Mapping[tuple[str, int], list[Any]]:
        """The entries of each record, the oldest first."""
        found: dict[tuple[str, int], list[Any]] = {}
        columns = [entry.c[n] for n in ("era", "xid", "at", "entity", "part", "record_id", "what")]
        said = (cast(entry.c[name], Text).label(name) for name in ("changes", "by"))
        for one in self._records.session.execute(select(*columns, *said).order_by(entry.c.id)):
            found.setdefault((one.entity, one.record_id), []).append(one)
        return found

    @cached_property
    def events(self) -> Mapping[tuple[int, int, str, str | None, int | None], Any]:
        """The first event of each verb for each record, by its transaction."""
        found: dict[Any, Any] = {}
        for one in self._records.session.execute(select(event).order_by(event.c.id)):
            found.setdefault((one.era, one.xid, one.verb, one.entity, one.record_id), one)
        return found


def history_of(logs: Logs, seen: Seen, record: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A page of a record's history, as one person sees it."""
    told = [
        change
        for one in logs.entries.get((key_of(type(record)), record.id), ())
        if (change := _told(logs, seen, record, one)) is not None
    ]
    after, first = arguments.get("after"), arguments.get("first")
    end = len(told) if after is None else place_of(after) - 1
    size = PAGE_SIZE if first is None else first
    start = max(0, end - size)
    placed = list(enumerate(told, 1))[start:end][::-1]
    edges = [{"cursor": _cursor(place), "node": change} for place, change in placed]
    return {
        "nodes": [one["node"] for one in edges],
        "edges": edges,
        "pageInfo": {
            "hasNextPage": (placed[-1][0] - 1 if placed else min(end, len(told))) > 0,
            "hasPreviousPage": end < len(told),
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
        "totalCount": len(told),
    }


def place_of(cursor: str) -> int:
    """The place that a cursor of a history stands for; raises ValueError where it is none."""
    word, _, place = base64.urlsafe_b64decode(cursor.encode()).decode().partition(":")
    if word != "history" or not place.isdecimal():
        raise ValueError(cursor)
    return int(place)


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"history:{place}".encode()).decode()


def _told(logs: Logs, seen: Seen, record: Any, one: Any) -> dict[str, Any] | None:
    """What an entry tells somebody; None where nothing is left of it."""
    entity = type(record)
    parts = (entity, *seen.records.generation.extensions.get(entity, ()))
    columns = next((told_columns(part) for part in parts if key_of(part) == one.part), {})
    mine = {name: told for name, told in columns.items() if seen.may(record, told.member)}
    changes = _read(one.changes)
    links = {
        global_id(told.member.target, number)
        for name, told in mine.items()
        if isinstance(told.member, ToOne)
        for number in _ends(one.what, changes.get(name))
        if seen.one(told.member.target, number) is not None
    }
    some = (_is_told(told, one, changes[n], links) for n, told in mine.items() if n in changes)
    whole = one.what != "UPDATED" and one.part == key_of(entity)
    if not whole and not any(some):
        return None
    by = _read(one.by)
    done = _event(logs, seen, record, (one.era, one.xid, by.get("verb")))
    user = by.get("user")
    known = user is None or seen.one(User, user) is not None
    other = done and seen.one(User, done.for_user_id)
    return {
        "at": one.at,
        "kind": one.what,
        "user": global_id(User, user) if user is not None and known else None,
        "label": by.get("label") if known else None,
        "onBehalfOf": global_id(User, other.id) if other is not None else None,
        **{name: by.get(name) for name in ("addon", "verb", "elevation")},
        "role": done.role if done is not None and known else None,
        "reason": done.reason if done is not None else None,
        "changes": orjson.loads(orjson.dumps(told_by(mine, one.what, changes, links))),
    }


def _event(logs: Logs, seen: Seen, record: Any, verb: tuple[int, int, Any]) -> Any:
    """The event of what was done to a record, or to the one that it is part of."""
    whose = [(key_of(type(record)), record.id)]
    parent = seen.records.generation.owned.get(type(record))
    if parent is not None:
        whose.append((key_of(parent.link.target), getattr(record, parent.key)))
    return next((done for one in whose if (done := logs.events.get((*verb, *one)))), None)


def _is_told(told: Told, one: Any, value: Any, links: set[str]) -> bool:
    if not isinstance(told.member, ToOne):
        return True
    return any(global_id(told.member.target, end) in links for end in _ends(one.what, value))


def _ends(what: str, value: Any) -> list[int]:
    ends = value if what == "UPDATED" else [value]
    return [end for end in ends or () if end is not None]


def _read(said: str) -> Any:
    return json.loads(said, parse_float=Decimal)
