"""Fields computed in Python, from columns that they name; a page of records at a time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints, overload

from sqlalchemy.orm import QueryableAttribute

from dougong.db.naming import camel
from dougong.entity.base import Entity, Extension
from dougong.entity.model import Field, Kind, model_of
from dougong.errors import SetupError
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from dougong.access.context import Context

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
S = TypeVar("S", "Asking", "Context")
Rows = Sequence[Any]
Column = QueryableAttribute[A]


@dataclass(frozen=True)
class Asking:
    """What a computed field is told of the request: when it is, and whose it is."""

    now: datetime
    user_id: int | None
    token_id: int | None = None


class Computed(Declared):
    """A field of the API whose value follows from others by Python code.

    It can be read, not filtered or ordered by; values that SQL can say are generated columns.
    """

    def __init__(self, columns: Sequence[Column[Any]], compute: Callable[..., Sequence[Any]]):
        if inspect.iscoroutinefunction(compute) or not columns:
            raise SetupError(
                f"{compute.__module__}.{compute.__qualname__} cannot be computed.",
                fix="write @computed(Entity.column, …) above a def that is not async.",
            )
        self.compute = compute
        self.columns = tuple(columns)
        super().__init__(compute)
        self.api_name = camel(self.name)
        self.reads = list(inspect.signature(compute).parameters)[1:2] == ["ctx"]
        """Whether it is given a Context, to find other records that the asker may see."""

    @cached_property
    def entity(self) -> type[Entity]:
        """Whose field it is: the entity of the columns, or the one that their extension extends."""
        owners: list[Any] = [column.class_ for column in self.columns]
        entities: set[type[Entity]] = {
            one.__extends__ if issubclass(one, Extension) else one for one in owners
        }
        if len(entities) > 1:
            raise SetupError(
                f"{self.key} takes columns of {len(entities)} entities.",
                fix="take columns of one entity and its extensions.",
            )
        return entities.pop()

    @cached_property
    def takes(self) -> tuple[Field, ...]:
        """The fields whose values it is given, in order."""
        return tuple(self._field(column) for column in self.columns)

    def _field(self, column: Column[Any]) -> Field:
        owner: Any = column.class_
        if column.key == "id":
            return Field(owner, "id", "id", Kind.BIGINT, False, True, True)
        field = model_of(owner).fields.get(column.key)
        if field is None:
            raise SetupError(
                f"{self.key} takes {owner.__name__}.{column.key}, which is not a value.",
                fix="take columns; links and lists are not among them.",
            )
        return field

    @cached_property
    def gives(self) -> Any:
        """The annotation of one value: `int`, `str | None`.

        Raises SetupError when the function does not say.
        """
        from dougong.access.context import Context

        hints = get_type_hints(self.compute, localns={"Context": Context})
        given = get_args(hints.get("return"))
        if len(given) != 1:
            raise SetupError(
                f"{self.key} does not say what it returns.",
                fix="annotate it: -> Sequence[int], one value for each row.",
            )
        return given[0]

    def __call__(self, rows: Rows, asking: Asking | Context) -> Sequence[Any]:
        """The values for these rows, one each; raises RuntimeError when there are not as many."""
        values = self.compute(rows, asking)
        if len(values) != len(rows):
            raise RuntimeError(f"{self.key} gave {len(values)} values for {len(rows)} rows")
        return values


@overload
def computed(
    a: Column[A], /
) -> Callable[[Callable[[Sequence[tuple[A]], S], Sequence[Any]]], Computed]: ...
@overload
def computed(
    a: Column[A], b: Column[B], /
) -> Callable[[Callable[[Sequence[tuple[A, B]], S], Sequence[Any]]], Computed]: ...
@overload
def computed(
    a: Column[A], b: Column[B], c: Column[C], /
) -> Callable[[Callable[[Sequence[tuple[A, B, C]], S], Sequence[Any]]], Computed]: ...
@overload
def computed(
    a: Column[A], b: Column[B], c: Column[C], d: Column[D], /
) -> Callable[[Callable[[Sequence[tuple[A, B, C, D]], S], Sequence[Any]]], Computed]: ...
def computed(*columns: Column[Any]) -> Callable[[Callable[..., Sequence[Any]]], Computed]:
    """Make a function from rows of these columns to values a field of their entity.

    It is called once for each page, with a tuple for each record, and the moment and the asker;
    where its second parameter is called `ctx`, with a Context that finds what the asker may see.
    """
    return lambda compute: Computed(columns, compute)
