"""How an order moves: draft → submitted → approved → confirmed → done, or cancelled before that."""

from dougong import Context, Workflow
from dougong_sales_order.entities import OrderState, SalesOrder
from dougong_sales_order.permissions import APPROVE, CANCEL, CONFIRM, SHIP, SUBMIT

order_workflow = Workflow(
    SalesOrder, SalesOrder.state, final=[OrderState.DONE, OrderState.CANCELLED]
)


@order_workflow.step(OrderState.DRAFT, to=OrderState.SUBMITTED, needs=SUBMIT)
def submit(order: SalesOrder, ctx: Context) -> None:
    """Hand the order in for approval; from now on nobody changes it (S09)."""


@order_workflow.step(OrderState.SUBMITTED, to=OrderState.APPROVED, needs=APPROVE, not_by=(submit,))
def approve(order: SalesOrder, ctx: Context) -> None:
    """Say that the sale is real and its terms are right; never by whoever submitted it (S10)."""


@order_workflow.step(OrderState.SUBMITTED, to=OrderState.DRAFT, needs=APPROVE, reason=True)
def reject(order: SalesOrder, ctx: Context, *, reason: str) -> None:
    """Send the order back to be corrected; say what is wrong with it (S10)."""
    order.reject_reason = reason


@order_workflow.step(OrderState.APPROVED, to=OrderState.CONFIRMED, needs=CONFIRM)
def confirm(order: SalesOrder, ctx: Context) -> None:
    """Promise the customer what was approved (S13)."""


@order_workflow.step(OrderState.CONFIRMED, to=OrderState.DONE, needs=SHIP)
def ship(order: SalesOrder, ctx: Context) -> None:
    """Everything on the order has left the house."""
    order.shipped_on = ctx.now.date()


@order_workflow.step(
    OrderState.DRAFT,
    OrderState.SUBMITTED,
    OrderState.APPROVED,
    OrderState.CONFIRMED,
    to=OrderState.CANCELLED,
    needs=CANCEL,
    reason=True,
)
def cancel(order: SalesOrder, ctx: Context, *, reason: str) -> None:
    """Call the order off before anything has left; say why."""
    order.cancel_reason = reason
