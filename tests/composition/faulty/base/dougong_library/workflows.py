"""How a loan goes: requested → lent → returned, or lost on the way."""

from dougong import Context, Workflow
from dougong_library.entities import Loan, LoanState
from dougong_library.permissions import LEND

loan_workflow = Workflow(Loan, Loan.state, final=[LoanState.RETURNED])


@loan_workflow.step(LoanState.REQUESTED, to=LoanState.LENT, needs=LEND)
def lend(loan: Loan, ctx: Context) -> None:
    """Hand the book over."""


@loan_workflow.step(LoanState.LENT, to=LoanState.LOST, needs=LEND)
def report_lost(loan: Loan, ctx: Context, *, where: str) -> None:
    """The reader cannot find the book any more."""
    loan.note = where


@loan_workflow.step(LoanState.LENT, LoanState.LOST, to=LoanState.RETURNED, needs=LEND)
def take_back(loan: Loan, ctx: Context) -> None:
    """The book, or what replaces it, is back on its shelf."""
