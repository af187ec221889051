"""Kinds of fields that plain SQLAlchemy has no word for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType

from sqlalchemy import Numeric, Text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

OnDelete = Literal["RESTRICT", "CASCADE", "SET NULL"]

Email = Annotated[str, mapped_column(Text, info={"kind": "email"})]
"""An e-mail address, checked where it comes in."""

Phone = Annotated[str, mapped_column(Text, info={"kind": "phone"})]
"""A telephone number as people write it: digits, blanks and +-/(). only."""

RecordId = NewType("RecordId", str)
"""The id that a record of any entity has in the API: an argument of a query or an action."""

Quantity = Annotated[Decimal, mapped_column(Numeric(18, 4))]
"""How much or how many, in the product's unit of measure; exact to four decimals."""


@dataclass(frozen=True)
class Money:
    """An exact amount (four decimals) and its currency (ISO 4217, three letters)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class _Missing:
    """Says that a field has no default, where None is one."""


MISSING = _Missing()


@dataclass
class Link:
    """A declared `link`, before it becomes a key column and a relationship."""

    default: Any
    reverse: str | None
    on_delete: OnDelete
    init: bool
    unique: bool
    info: dict[str, Any]


@dataclass
class MoneyField:
    """A declared `money`, before it becomes two columns and a composite."""

    default: Any
    info: dict[str, Any]


@dataclass
class Owned:
    """A declared `owned`, before it becomes a relationship to the children."""

    by: str | None
    child: Any = None


@dataclass
class SumOf:
    """A declared `sum_of`, before it becomes a column_property."""

    column: Any
    key: str = ""
    """The attribute of the children that has the number of the record; known once it is mapped."""


def link(
    *,
    default: Any = MISSING,
    reverse: str | None = None,
    on_delete: OnDelete = "RESTRICT",
    init: bool = True,
    unique: bool = False,
    info: dict[str, Any] | None = None,
) -> Any:
    """A reference to one other record: the key column `<name>_id` and the relationship in one.

    `reverse` names the list that the other side shows in the API (default: this entity's plural).
    `on_delete` says what happens to this record when the other is deleted. `info` is for
    `guarded(…)`.
    """
    return Link(default, reverse, on_delete, init, unique, info or {})


def money(*, default: Any = MISSING, info: dict[str, Any] | None = None) -> Any:
    """An amount with its currency, kept in the columns `<name>_amount` and `<name>_currency`.

    `info` is for `guarded(…)`.
    """
    return MoneyField(default, info or {})


def owned(*, by: str | None = None, default_factory: type[list[Any]] = list) -> Any:
    """An entity's own children: created with it, deleted with it, under its access rules.

    Write `owned(default_factory=list)`: then type checkers know that children may be left out.
    `by` names the child's link to this entity where it has several.
    """
    return Owned(by)


def sum_of(
    column: Mapped[Any] | InstrumentedAttribute[Any], *, init: Literal[False] = False
) -> Any:
    """The sum of a column over an entity's own children; 0 when there are none.

    It is the same in Python, in filters, in orders and in the API, and it is read-only.
    """
    return SumOf(column)
