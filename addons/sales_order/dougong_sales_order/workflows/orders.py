"""How an order moves: draft, submitted, verified, approved, confirmed, done; or cancelled."""

from dougong import Context, Refused, Workflow
from dougong_sales_order.entities import OrderState, ReviewDecision, ReviewKind, SalesOrder
from dougong_sales_order.permissions import APPROVE, CANCEL, CONFIRM, SHIP, SUBMIT, VERIFY
from dougong_sales_order.reviewing import files_of, record_review, void_reviews

UNDER_WAY = (OrderState.SUBMITTED, OrderState.VERIFIED, OrderState.APPROVED)
"""The states in which an order is reviewed, or waits to be confirmed."""

order_workflow = Workflow(
    SalesOrder, SalesOrder.state, final=[OrderState.DONE, OrderState.CANCELLED]
)


@order_workflow.step(OrderState.DRAFT, to=OrderState.SUBMITTED, needs=SUBMIT)
def submit(order: SalesOrder, ctx: Context) -> None:
    """Hand the order in to be reviewed (S09)."""


@order_workflow.step(*UNDER_WAY, to=OrderState.SUBMITTED, needs=SUBMIT)
def revise(order: SalesOrder, ctx: Context) -> None:
    """Have the order reviewed anew; by itself, when it is changed after it was submitted (S12)."""
    void_reviews(order, ctx)


@order_workflow.step(
    OrderState.SUBMITTED,
    to=OrderState.VERIFIED,
    needs=VERIFY,
    not_by=(submit, revise),
    optional=True,
)
def verify(order: SalesOrder, ctx: Context, *, evidence: str | None = None) -> None:
    """Say that the customer wants to buy this; never by who submitted or changed it (S10).

    evidence: What shows it, where no file of the order does.
    """
    if not (evidence or "").strip() and not files_of(order, ctx):
        raise Refused("evidence_missing", at="evidence", number=order.number)
    record_review(order, ctx, ReviewKind.AUTHENTICITY, evidence=evidence)


@order_workflow.step(OrderState.SUBMITTED, to=OrderState.DRAFT, needs=VERIFY, reason=True)
def reject(order: SalesOrder, ctx: Context, *, reason: str) -> None:
    """Send back an order that is not real, or not complete; say what is wrong with it (S10)."""
    _send_back(order, ctx, ReviewKind.AUTHENTICITY, reason)


@order_workflow.step(
    OrderState.VERIFIED,
    to=OrderState.APPROVED,
    needs=APPROVE,
    not_by=(submit, revise, verify),
    optional=True,
)
def approve(order: SalesOrder, ctx: Context, *, evidence: str | None = None) -> None:
    """Say that its terms are right and it will be paid; never by who had a part in it (S11).

    evidence: What shows it.
    """
    record_review(order, ctx, ReviewKind.FINANCE, evidence=evidence)


@order_workflow.step(OrderState.VERIFIED, to=OrderState.DRAFT, needs=APPROVE, reason=True)
def refuse(order: SalesOrder, ctx: Context, *, reason: str) -> None:
    """Send back an order whose terms are wrong; say what is wrong with them (S11)."""
    _send_back(order, ctx, ReviewKind.FINANCE, reason)


@order_workflow.step(OrderState.APPROVED, to=OrderState.CONFIRMED, needs=CONFIRM)
def confirm(order: SalesOrder, ctx: Context) -> None:
    """Promise the customer what was approved (S13)."""


@order_workflow.step(OrderState.CONFIRMED, to=OrderState.DONE, needs=SHIP)
def ship(order: SalesOrder, ctx: Context) -> None:
    """Everything on the order has left the house."""
    order.shipped_on = ctx.now.date()


@order_workflow.step(
    OrderState.DRAFT,
    *UNDER_WAY,
    OrderState.CONFIRMED,
    to=OrderState.CANCELLED,
    needs=CANCEL,
    reason=True,
)
def cancel(order: SalesOrder, ctx: Context, *, reason: str) -> None:
    """Call the order off before anything has left; say why."""
    order.cancel_reason = reason


def _send_back(order: SalesOrder, ctx: Context, kind: ReviewKind, reason: str) -> None:
    record_review(order, ctx, kind, ReviewDecision.REJECTED, reason=reason)
    void_reviews(order, ctx)
    order.reject_reason = reason
