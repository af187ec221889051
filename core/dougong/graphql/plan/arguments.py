"""Where the values of a statement come from: constants, variables, the asker, the clock.

A plan is made once and run with other values, so what comes from a variable is remembered as the
path to it. Booleans, enumerations and nulls are part of a plan's key instead: they change the SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import prod
from operator import attrgetter
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLLeafType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    bindparam,
    cast,
    literal_column,
)
from sqlalchemy.types import TypeEngine

from dougong.access.principal import Principal
from dougong.access.reach import Of, Reach
from dougong.builtin.language.languages import SOURCE
from dougong.graphql.limits import check_records
from dougong.graphql.problems import bad_input, located

Path = tuple[str | int, ...]
Sizes = tuple[Any, ...]
"""How long a list may be, and each of those around it: numbers and variables."""


@dataclass(frozen=True)
class FromVariable:
    """A value that a variable brings, by the path to it; `value` is the one at planning time."""

    path: Path
    value: Any = field(compare=False)
    kind: str


class Given(NamedTuple):
    """What one run of a plan is given."""

    me: int | None
    variables: Mapping[str, Any]
    now: datetime
    records: Sequence[int] = ()
    """The records whose selection a mutation's payload shows."""
    token: int | None = None
    """The session or key that asks."""
    day: str = ""
    """The day on which what is known of the asker is true."""
    reached: Mapping[Reach, Any] = {}
    """The units and colleagues that the asker reaches, as far as the plan wants them."""
    language: str = SOURCE
    """In which language the asker reads what people have entered."""

    @classmethod
    def by(cls, who: Principal, variables: Mapping[str, Any], now: datetime, **more: Any) -> Given:
        """What somebody's run is given; `more` is said by name."""
        asker = {"token": who.token_id, "day": who.day, "language": who.language or SOURCE}
        return cls(who.user_id, variables, now, **asker | more)


class FromRun:
    """A value that each run brings: the asker, the moment, the records, what the asker reaches."""

    def __init__(self, name: str | Reach) -> None:
        self.name = name
        self.value: Callable[[Given], Any] = (
            (lambda given: given.reached[name]) if isinstance(name, Reach) else attrgetter(name)
        )
        """What a run brings."""


@dataclass(frozen=True, eq=False)
class Slot:
    """One bound parameter of a plan."""

    name: str
    source: Any
    convert: Callable[[Any], Any]
    nodes: tuple[FieldNode, ...] = ()
    path: tuple[str, ...] = ()

    def value(self, given: Given) -> Any:
        """What to send to the database.

        Raises GraphQLError, with its place in the document, for a value that is not acceptable.
        """
        if isinstance(self.source, FromRun):
            return self.source.value(given)
        try:
            return self.convert(resolved(self.source, given.variables))
        except GraphQLError as error:
            raise located(error, self.nodes, self.path) from None


def resolved(source: Any, variables: Mapping[str, Any]) -> Any:
    """A value, where it stands in the document or in its variables."""
    if isinstance(source, FromVariable):
        value: Any = variables
        for step in source.path:
            value = value[step]
        return value
    if isinstance(source, list):
        return [resolved(one, variables) for one in source]
    return source


def records_in(lists: Iterable[Sizes], variables: Mapping[str, Any]) -> int:
    """How many records lists within lists can have at most."""
    return sum(prod(max(1, resolved(size, variables)) for size in sizes) for sizes in lists)


def is_fixed(source: Any) -> bool:
    """Whether a value stands in the document itself."""
    if isinstance(source, list):
        return all(is_fixed(one) for one in source)
    return not isinstance(source, FromVariable | FromRun)


class Arguments:
    """The parameters of a plan while it is made."""

    def __init__(self) -> None:
        self.slots: dict[str, Slot] = {}
        self._runs: dict[str | Reach, Any] = {}
        self.lists: list[Sizes] = []
        self._within: Sizes = ()
        self._records = 0
        self.nodes: Sequence[FieldNode] = ()
        self.path: tuple[str, ...] = ()

    def bind(
        self, source: Any, kind: TypeEngine[Any], convert: Callable[[Any], Any]
    ) -> ColumnElement[Any]:
        """A parameter for a value; a constant is converted (and refused) at once."""
        if is_fixed(source):
            ready = convert(source)
            return self._add(ready, kind, lambda value: value)
        return self._add(source, kind, convert)

    def size(self, source: Any, convert: Callable[[Any], int]) -> ColumnElement[int]:
        """How many rows at most: in the SQL itself where the document says it.

        For a length that it does not know PostgreSQL plans a tenth of the table, finds this dear,
        and goes on planning each run anew.
        """
        if is_fixed(source):
            return literal_column(str(int(convert(source))), Integer())
        return self.bind(source, Integer(), convert)

    def _add(
        self, source: Any, kind: TypeEngine[Any], convert: Callable[[Any], Any]
    ) -> ColumnElement[Any]:
        name = f"p{len(self.slots)}"
        self.slots[name] = Slot(name, source, convert, tuple(self.nodes), self.path)
        made = bindparam(name, None, type_=kind, required=False)
        return cast(made, kind) if isinstance(kind, Numeric | Boolean | LargeBinary) else made

    @contextmanager
    def page(self, size: Any, times: int) -> Iterator[None]:
        """Remember how long a list may be, whose records are shown so many times.

        Raises GraphQLError (TOO_COMPLEX) as soon as there are too many, before there is a plan.
        """
        before = self._within
        asked = [one.value if isinstance(one, FromVariable) else one for one in (*before, size)]
        self._records += prod(max(1, one) for one in (*asked, times))
        check_records(self._records)
        self.lists.append((*before, size, times))
        self._within = (*before, size)
        yield
        self._within = before

    def run(self, name: str | Reach, kind: TypeEngine[Any]) -> Any:
        """A parameter that each run brings, the same one however often it is asked for."""
        if name not in self._runs:
            self._runs[name] = self._add(FromRun(name), kind, lambda value: value)
        return self._runs[name]

    @property
    def me(self) -> Any:
        """The asker's number; null for somebody who has not signed in."""
        return self.run("me", BigInteger())

    @property
    def token(self) -> Any:
        """The number of the session or key that asks."""
        return self.run("token", BigInteger())

    def reached(self, reach: Reach) -> Any:
        """What the asker reaches: the text of units' numbers, or a bit for each colleague."""
        return self.run(reach, Text() if reach.of is Of.UNITS else LargeBinary())

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """What of that is asked for."""
        return tuple(name for name in self._runs if isinstance(name, Reach))

    @property
    def now(self) -> Any:
        """The moment of the request."""
        return self.run("now", DateTime(timezone=True))


def trace(value: Any, kind: GraphQLInputType, path: Path) -> Any:
    """A variable's value with its leaves replaced by where they come from."""
    if is_non_null_type(kind):
        kind = kind.of_type
    if value is None:
        return None
    if is_leaf_type(kind):
        return value if decides(kind) else FromVariable(path, value, kind.name)
    named = get_named_type(kind)
    if is_list_type(kind):
        if is_input_object_type(named) and isinstance(value, list):
            return [trace(one, kind.of_type, (*path, i)) for i, one in enumerate(value)]
        return FromVariable(path, value, named.name)
    if not isinstance(value, dict) or not is_input_object_type(kind):
        return FromVariable(path, value, named.name)
    traced = {}
    for name, one in kind.fields.items():
        key = one.out_name or name
        if key in value:
            traced[key] = trace(value[key], one.type, (*path, key))
    return traced


def decides(kind: GraphQLLeafType) -> bool:
    """Whether the SQL depends on a value of this type itself."""
    return is_enum_type(kind) or kind.name in ("Boolean", "ResultName")


def shape_of(traced: Any, entities: Mapping[str, Any]) -> Hashable:
    """What of a traced value the SQL depends on.

    That is its structure, the type that an id names, and how many words are searched for.
    """
    match traced:
        case FromVariable():
            return shape_of_leaf(traced.kind, traced.value, entities)
        case dict():
            return tuple((key, shape_of(one, entities)) for key, one in traced.items())
        case list():
            return tuple(shape_of(one, entities) for one in traced)
        case _:
            return traced  # type: ignore[no-any-return]


def shape_of_leaf(kind: str, value: Any, entities: Mapping[str, Any]) -> Hashable:
    """The same of one value, of which the SQL does not depend on all."""
    if kind == "ID" and isinstance(value, str):
        name = value.partition(":")[0]
        return name if name in entities else "?"
    return len(words_of(value)) if kind == "SearchWords" and isinstance(value, str) else "?"


# How values are made ready -----------------------------------------------------------------------


def as_it_is(value: Any) -> Any:
    """The value as the scalar has read it."""
    return value


def text(value: Any) -> str:
    """Text that PostgreSQL can keep.

    Raises GraphQLError (BAD_TEXT) for the character NUL and for halves of characters.
    """
    said = str(value)
    if "\x00" in said or any("\ud800" <= letter <= "\udfff" for letter in said):
        raise bad_input("BAD_TEXT", "Text cannot hold the character NUL or half of a character.")
    return said


def words_of(said: str) -> list[str]:
    """The words that somebody searches for."""
    return said.split()


def every(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    """The same for all members of a list."""
    return lambda values: [convert(value) for value in values]


def name_of(member: Any) -> str:
    """The name of an enumeration's member, as it is stored."""
    return str(member.name)
