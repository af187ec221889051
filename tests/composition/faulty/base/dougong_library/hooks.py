"""What the library minds."""

from dougong import Context, Refused, after, before, guard
from dougong_library.entities import Loan, Reader
from dougong_library.workflows import lend, take_back


@before(Loan.create)
def whoever_enters_a_loan_looks_after_it(loan: Loan, ctx: Context) -> None:
    """A loan without a librarian belongs to the one who enters it."""
    if loan.owner is None:
        loan.owner = ctx.me


@guard(lend)
def lend_to_readers_only(loan: Loan, ctx: Context) -> Refused | None:
    """Who has no card borrows no book."""
    has_card = Reader.of(loan.borrower).card is not None
    return None if has_card else Refused("no_card", borrower=loan.borrower.name)


@after(lend)
def count_the_book_out(loan: Loan, ctx: Context) -> None:
    """The reader has one book more."""
    Reader.of(loan.borrower).books_out += 1


@after(take_back)
def count_the_book_in(loan: Loan, ctx: Context) -> None:
    """The reader has one book less."""
    Reader.of(loan.borrower).books_out -= 1
