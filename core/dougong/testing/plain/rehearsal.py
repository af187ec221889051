"""What is wrong with a request's arguments, found before anything is read.

The document is run on one imagined record of each kind, so that every selected field is met once,
whatever the database holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLEnumType, GraphQLError, GraphQLResolveInfo, get_named_type

from dougong.builtin.audit.history_types import HISTORY
from dougong.builtin.translations.types import TRANSLATIONS
from dougong.builtin.workflows.possible import verbs_about
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.generation import Generation
from dougong.graphql.action_types import ACTIONS
from dougong.graphql.ids import number_of, split_id
from dougong.graphql.limits import MOST_RECORDS
from dougong.graphql.plan.actions import WORTH
from dougong.graphql.schema import RootFields
from dougong.graphql.types import BIGGEST_PAGE, PAGE_SIZE, Types
from dougong.testing.plain.actions import unknown_actions
from dougong.testing.plain.histories import place_of
from dougong.testing.plain.orders import Cursors, keys_of

MOST_KEYS = 8
MOST_CONDITIONS = 100
MOST_WORDS = 8
_FLAGS, _ENDS = ("hasNextPage", "hasPreviousPage"), ("startCursor", "endCursor")
LEAVES = {"Int": 0, "Float": 0.0, "Boolean": False}

Info = GraphQLResolveInfo[Any]
Problem = tuple[str, tuple[str, ...]]
"""A code, and the response keys on the way to where it arose."""


@dataclass(frozen=True)
class Imagined:
    """A record that nobody made; `times` is how often it could be in the answer."""

    entity: type[Entity]
    times: int


class Rehearsal:
    """Resolvers that check arguments; `problems` is what they found."""

    def __init__(self, generation: Generation, who: Any, cursors: Cursors) -> None:
        self._generation = generation
        self._types: Types = generation.schema.extensions["types"]
        self._root: RootFields = generation.schema.extensions["root"]
        self._who = who
        self._cursors = cursors
        self._records = 0
        self.problems: list[Problem] = []

    @property
    def all_problems(self) -> list[Problem]:
        """What is wrong with the arguments, and with how much is asked for."""
        return [*self.problems, *([("TOO_COMPLEX", ())] if self._records > MOST_RECORDS else [])]

    def resolve(self, source: Any, info: Info, **arguments: Any) -> Any:
        """An imagined value for a field; what is wrong with its arguments is noted."""
        if isinstance(source, Mapping):
            return source[info.field_name]
        if isinstance(source, Imagined):
            return self._of_record(source, info, arguments)
        return self._of_root(info, arguments)

    def _of_root(self, info: Info, arguments: Mapping[str, Any]) -> Any:
        name = info.field_name
        if name in self._root.reports:
            report = self._root.reports[name].report
            if not self._generation.access.has(self._who, report.needs):
                self.problems.append(("FORBIDDEN", (str(info.path.key),)))
            return []
        if name in self._root.lists:
            return self._list(self._root.lists[name], info, arguments, 1)
        entity = self._root.records.get(name)
        try:
            named, _ = split_id(arguments["id"])
            entity = entity or self._root.entities.get(named)
            if entity is not None:
                number_of(arguments["id"], entity)
        except GraphQLError:
            self.problems.append(("BAD_ID", _path(info)))
        return entity and Imagined(entity, 1)

    def _of_record(self, source: Imagined, info: Info, arguments: Mapping[str, Any]) -> Any:
        if info.field_name == ACTIONS:
            verbs = verbs_about(self._generation, source.entity)
            if unknown_actions(verbs, arguments.get("names")):
                self.problems.append(("UNKNOWN_ACTION", _path(info)))
            self._count(source.times * WORTH)
            return []
        if info.field_name == HISTORY:
            return self._history(source, info, arguments)
        member = self._types.members_of(source.entity).get(info.field_name)
        if member is None and info.field_name == TRANSLATIONS:
            return []
        match member:
            case ToMany():
                return self._list(member.target, info, arguments, source.times)
            case ToOne():
                return Imagined(member.target, source.times)
            case _:
                return _imagined(info, None, 1)

    def _history(self, source: Imagined, info: Info, arguments: Mapping[str, Any]) -> Any:
        first, after = arguments.get("first"), arguments.get("after")
        first = PAGE_SIZE if first is None else first
        if not 0 <= first <= BIGGEST_PAGE:
            self.problems.append(("BAD_PAGE_SIZE", _path(info)))
        try:
            place_of(after or "aGlzdG9yeTox")
        except ValueError:
            self.problems.append(("BAD_CURSOR", _path(info)))
        self._count(source.times * max(1, first))
        return {
            "nodes": [],
            "edges": [],
            "totalCount": 0,
            "pageInfo": {**dict.fromkeys(_FLAGS, False), **dict.fromkeys(_ENDS)},
        }

    def _list(
        self, entity: type[Entity], info: Info, arguments: Mapping[str, Any], times: int
    ) -> Any:
        path = _path(info)
        of = f"{info.parent_type.name}.{info.field_name}"
        self.problems += [(code, path) for code in self._wrong_in(entity, of, arguments)]
        sizes = [arguments.get(name) for name in ("first", "last")]
        size = max(1, min((size for size in sizes if size is not None), default=PAGE_SIZE))
        return _imagined(info, entity, times * size, self._count)

    def _count(self, records: int) -> None:
        self._records += records

    def _wrong_in(
        self, entity: type[Entity], of: str, arguments: Mapping[str, Any]
    ) -> Iterator[str]:
        """The codes of all that is wrong with a list's arguments."""
        if arguments.get("first") is not None and arguments.get("last") is not None:
            yield "BAD_PAGE_SIZE"
        for name in ("first", "last"):
            if not 0 <= (arguments.get(name) or 0) <= BIGGEST_PAGE:
                yield "BAD_PAGE_SIZE"
        asked = arguments.get("orderBy") or []
        if len(asked) > MOST_KEYS:
            yield "TOO_MANY_KEYS"
        for name in ("after", "before"):
            cursor = arguments.get(name)
            if cursor is not None and self._cursors.place(cursor, of, keys_of(asked)) is None:
                yield "BAD_CURSOR"
        found = list(self._conditions(entity, arguments.get("where") or {}))
        yield from filter(None, found)
        if found.count("") > MOST_CONDITIONS:
            yield "TOO_MANY_CONDITIONS"

    def _conditions(self, entity: type[Entity], where: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the conditions, and an empty text for each of them."""
        for key, asked in where.items():
            yield ""
            if asked is None:
                yield "NULL_OPERAND"
            elif key in ("and", "or"):
                for one in asked:
                    yield from self._conditions(entity, one)
            elif key == "not":
                yield from self._conditions(entity, asked)
            elif key == "id":
                for operand in asked.values():
                    yield from _wrong_ids(entity, operand)
            elif key == "search":
                yield from _wrong_operand(asked)
                if len(asked.split()) > MOST_WORDS:
                    yield "TOO_MANY_WORDS"
            else:
                yield from self._member(self._types.members_of(entity)[key], asked)

    def _member(self, member: Any, asked: Mapping[str, Any]) -> Iterator[str]:
        for operator, operand in asked.items():
            match member:
                case _ if operand is None:
                    yield "NULL_OPERAND"
                case ToOne() | ToMany() if operator != "isNull":
                    yield from self._conditions(member.target, operand)
                case Field(kind=Kind.MONEY) if operator != "isNull":
                    for inner in operand.values():
                        yield from _wrong_operand(inner)
                case _:
                    yield from _wrong_operand(operand)


def _imagined(info: Info, entity: type[Entity] | None, times: int, count: Any = None) -> Any:
    """A value that a field could have; of lists one member."""
    kind = get_named_type(info.return_type)
    if entity is not None:
        one = Imagined(entity, times)
        return _Shown(one, count)
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values.values())).value
    if kind.name == "Money":
        return {"amount": "0", "currency": ""}
    return LEAVES.get(kind.name, "")


class _Shown(dict[str, Any]):
    """A page of one imagined record, which counts how often its records are shown."""

    def __init__(self, one: Imagined, count: Any) -> None:
        info = dict.fromkeys(_FLAGS, False)
        cursors = dict.fromkeys(_ENDS, "")
        super().__init__(
            nodes=[one],
            edges=[{"cursor": "", "node": one}],
            pageInfo={**info, **cursors},
            totalCount=0,
        )
        self._one, self._count = one, count

    def __getitem__(self, name: str) -> Any:
        if name in ("nodes", "edges"):
            self._count(self._one.times)
        return super().__getitem__(name)


def _path(info: Info) -> tuple[str, ...]:
    """The response keys on the way to a field; where a list is on the way, no number is said."""
    return tuple(step for step in info.path.as_list() if isinstance(step, str))


def _wrong_ids(entity: type[Entity], operand: Any) -> Iterator[str]:
    if operand is None:
        yield "NULL_OPERAND"
        return
    for one in operand if isinstance(operand, list) else [operand]:
        try:
            number_of(one, entity)
        except GraphQLError:
            yield "BAD_ID"


def _wrong_operand(operand: Any) -> Iterator[str]:
    if operand is None:
        yield "NULL_OPERAND"
    for one in operand if isinstance(operand, list) else [operand]:
        if isinstance(one, str) and any(
            letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in one
        ):
            yield "BAD_TEXT"
