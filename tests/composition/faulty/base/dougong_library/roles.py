"""Who may do what in the library."""

from dougong import Role, all_rows, change, own, read
from dougong_library.entities import Book, Loan
from dougong_library.permissions import LEND, SEE_LOANS
from dougong_party import Party

LIBRARIAN = Role(
    "library.librarian",
    "Keeps the books, and looks after own loans.",
    grants=[LEND, SEE_LOANS, *change(Book), *change(Loan), read(Party)],
    rows=[all_rows(Book), own(Loan.owner), all_rows(Party)],
)
