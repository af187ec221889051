"""How it is allowed that more is let off than the seller may: asked → granted, denied or withdrawn."""

from dougong import Context, Workflow
from dougong_sales_order.entities import Concession, ConcessionState
from dougong_sales_order.permissions import GRANT_CONCESSIONS, SUBMIT

concession_workflow = Workflow(
    Concession, Concession.state, final=[ConcessionState.DENIED, ConcessionState.WITHDRAWN]
)


@concession_workflow.step(
    ConcessionState.ASKED, to=ConcessionState.GRANTED, needs=GRANT_CONCESSIONS
)
def grant(concession: Concession, ctx: Context) -> None:
    """Allow these prices and discounts, and no others (S12)."""
    concession.order.concession = ConcessionState.GRANTED


@concession_workflow.step(
    ConcessionState.ASKED, to=ConcessionState.DENIED, needs=GRANT_CONCESSIONS, reason=True
)
def deny(concession: Concession, ctx: Context, *, reason: str) -> None:
    """Do not allow them; say why."""
    concession.reason = reason
    concession.order.concession = ConcessionState.DENIED


@concession_workflow.step(
    ConcessionState.ASKED,
    ConcessionState.GRANTED,
    to=ConcessionState.WITHDRAWN,
    needs=SUBMIT,
)
def withdraw(concession: Concession, ctx: Context) -> None:
    """Ask for it no longer; other prices and discounts do so by themselves."""
    concession.order.concession = ConcessionState.WITHDRAWN
