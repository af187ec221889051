"""What is done with loans beyond their steps."""

from datetime import timedelta

from dougong import Context, Refused, action
from dougong_library.entities import Loan
from dougong_library.permissions import LEND


@action(needs=LEND)
def extend_loan(loan: Loan, ctx: Context, *, days: int) -> Loan:
    """Let the reader keep the book for longer."""
    if days < 1:
        raise Refused("no_days", at="days", days=days)
    loan.due_on = (loan.due_on or ctx.now.date()) + timedelta(days=days)
    return loan
