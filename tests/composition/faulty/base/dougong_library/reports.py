"""How the library is used."""

from sqlalchemy import Integer, Select, cast, func, select

from dougong import Context, report
from dougong_library.entities import Loan, LoanState
from dougong_library.permissions import SEE_LOANS


@report(needs=SEE_LOANS)
def loans_by_state(ctx: Context) -> Select[LoanState, int]:
    """How many loans there are in each state.

    state: How far they have come.
    loans: How many there are.
    """
    return select(
        Loan.state.label("state"), cast(func.count(Loan.id), Integer).label("loans")
    ).group_by(Loan.state)
