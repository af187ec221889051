"""What the library remembers."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Extension, User, link, owned
from dougong_party import Party


class BookCondition(StrEnum):
    """What years of reading have left of a book."""

    GOOD = "GOOD"
    WORN = "WORN"


class LoanState(StrEnum):
    """How far a loan has come."""

    REQUESTED = "REQUESTED"
    LENT = "LENT"
    LOST = "LOST"
    RETURNED = "RETURNED"


class BookCopy(Entity):
    """One copy of a book on the shelves."""

    __plural__ = "bookCopies"

    book: Mapped["Book"] = link(default=None, on_delete="CASCADE")
    """The book that it is a copy of."""
    shelf: Mapped[str]
    """Where it stands."""


class Book(Entity, searchable=("title",)):
    """A book that the library has."""

    title: Mapped[str]
    """What is printed on its cover."""
    isbn: Mapped[str | None] = mapped_column(default=None, unique=True)
    """The number that the book trade knows it by."""
    condition: Mapped[BookCondition] = mapped_column(default=BookCondition.GOOD)
    """How worn it is."""
    copies: Mapped[list[BookCopy]] = owned(default_factory=list)
    """The copies on the shelves."""


class Loan(Entity):
    """A book in somebody's hands."""

    book: Mapped[Book] = link()
    """What is lent."""
    borrower: Mapped[Party] = link()
    """Who has it."""
    owner: Mapped[User | None] = link(default=None)
    """The librarian who looks after the loan."""
    due_on: Mapped[date | None] = mapped_column(default=None)
    """By when it is to be back."""
    fee: Mapped[Decimal] = mapped_column(Numeric(18, 2), default=Decimal(0), server_default="0")
    """What the borrower owes for it."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else is to be remembered."""
    state: Mapped[LoanState] = mapped_column(default=LoanState.REQUESTED, index=True, init=False)
    """How far the loan has come."""


class Reader(Extension[Party]):
    """What the library knows of a party."""

    card: Mapped[str | None] = mapped_column(default=None)
    """The number of the reader's card."""
    books_out: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many books the reader has now."""
