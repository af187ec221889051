"""A library: books, and who has borrowed them."""

from dougong import AddOn
from dougong_library.actions import extend_loan
from dougong_library.entities import Book, BookCondition, BookCopy, Loan, LoanState, Reader
from dougong_library.permissions import LEND, SEE_LOANS
from dougong_library.roles import LIBRARIAN
from dougong_library.workflows import lend, loan_workflow, report_lost, take_back

addon = AddOn(name="library", title="Library", needs=["party"])

__all__ = [
    "LEND",
    "LIBRARIAN",
    "SEE_LOANS",
    "Book",
    "BookCondition",
    "BookCopy",
    "Loan",
    "LoanState",
    "Reader",
    "addon",
    "extend_loan",
    "lend",
    "loan_workflow",
    "report_lost",
    "take_back",
]
