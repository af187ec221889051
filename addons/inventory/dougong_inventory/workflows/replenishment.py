"""How an order of a store goes: drafted, reviewed, sent, received, confirmed and closed."""

from dougong import Context, Workflow
from dougong_inventory.entities.replenishment import (
    Discrepancy,
    DiscrepancyState,
    ReplenishmentOrder,
    ReplenishmentState,
    Resolution,
)
from dougong_inventory.permissions import (
    FUND_SUPPLIES,
    ORDER_SUPPLIES,
    REVIEW_SUPPLIES,
    SHIP_SUPPLIES,
)

State = ReplenishmentState
replenishment_workflow = Workflow(
    ReplenishmentOrder,
    ReplenishmentOrder.state,
    final=[
        *(State.CLOSED, State.CANCELLED),
        *(State.HEADQUARTERS_REJECTED, State.FINANCE_REJECTED),
    ],
)
discrepancy_workflow = Workflow(Discrepancy, Discrepancy.state, final=[DiscrepancyState.RESOLVED])


@replenishment_workflow.step(State.DRAFT, to=State.SUBMITTED, needs=ORDER_SUPPLIES)
def submit(order: ReplenishmentOrder, ctx: Context) -> None:
    """Send the order to headquarters; from now on the store does not change it (I17)."""
    order.submitted_at = ctx.now


@replenishment_workflow.step(
    State.SUBMITTED,
    to=State.HEADQUARTERS_APPROVED,
    needs=REVIEW_SUPPLIES,
    not_by=(submit, ReplenishmentOrder.create),
)
def endorse(order: ReplenishmentOrder, ctx: Context) -> None:
    """Let the store have what was decided for each line; all of it where nothing was (I17)."""


@replenishment_workflow.step(
    State.SUBMITTED, to=State.HEADQUARTERS_REJECTED, needs=REVIEW_SUPPLIES, reason=True
)
def turn_down(order: ReplenishmentOrder, ctx: Context, *, reason: str) -> None:
    """Let the store have nothing of it; say why."""
    order.reason = reason


@replenishment_workflow.step(
    State.HEADQUARTERS_APPROVED,
    to=State.FINANCE_APPROVED,
    needs=FUND_SUPPLIES,
    not_by=(submit, ReplenishmentOrder.create),
)
def fund(order: ReplenishmentOrder, ctx: Context) -> None:
    """Say that the store can pay for it: what it owes stays within its limit (I18)."""


@replenishment_workflow.step(
    State.HEADQUARTERS_APPROVED, to=State.FINANCE_REJECTED, needs=FUND_SUPPLIES, reason=True
)
def withhold(order: ReplenishmentOrder, ctx: Context, *, reason: str) -> None:
    """Do not let the store have it before it has paid; say how much is missing (I18)."""
    order.reason = reason


@replenishment_workflow.step(State.FINANCE_APPROVED, to=State.SHIPPING, needs=SHIP_SUPPLIES)
def prepare(order: ReplenishmentOrder, ctx: Context) -> None:
    """Keep the goods for the store, as many as there are (I19)."""


@replenishment_workflow.step(
    *(State.SHIPPING, State.IN_TRANSIT, State.RECEIVED, State.CONFIRMED),
    to=State.IN_TRANSIT,
    needs=SHIP_SUPPLIES,
)
def send_out(
    order: ReplenishmentOrder,
    ctx: Context,
    *,
    carrier: str | None = None,
    tracking: str | None = None,
) -> None:
    """Send what is there of what is still to be sent; the rest follows later (I19, I20).

    carrier: Who brings it.
    tracking: The number by which the carrier finds it.
    """
    order.shipped_at = ctx.now


@replenishment_workflow.step(
    State.IN_TRANSIT, to=State.RECEIVED, needs=ORDER_SUPPLIES, not_by=(send_out,)
)
def take_in(order: ReplenishmentOrder, ctx: Context, *, rest_is_well: bool = False) -> None:
    """Put on the shelves what arrived well; what did not stays in transit, as a discrepancy (I21).

    rest_is_well: Whether everything that nobody has written down arrived, and well.
    """
    order.received_at = ctx.now


@replenishment_workflow.step(State.RECEIVED, to=State.CONFIRMED, needs=ORDER_SUPPLIES)
def confirm_receipt(order: ReplenishmentOrder, ctx: Context) -> None:
    """Say that this is what the store got, and that nothing more is on its way (I22)."""
    order.confirmed_at, order.confirmed_by = ctx.now, ctx.me


@replenishment_workflow.step(State.CONFIRMED, to=State.CLOSED, needs=REVIEW_SUPPLIES)
def close(order: ReplenishmentOrder, ctx: Context) -> None:
    """Close the order: every unit is explained, and none is in transit (I22)."""


@replenishment_workflow.step(
    *(State.SUBMITTED, State.HEADQUARTERS_APPROVED, State.FINANCE_APPROVED, State.SHIPPING),
    to=State.CANCELLED,
    needs=REVIEW_SUPPLIES,
    reason=True,
)
def withdraw(order: ReplenishmentOrder, ctx: Context, *, reason: str) -> None:
    """Send nothing of it, and let go of what was kept for it; say why."""
    order.reason = reason


@discrepancy_workflow.step(
    DiscrepancyState.OPEN, to=DiscrepancyState.RESOLVED, needs=REVIEW_SUPPLIES, reason=True
)
def resolve(discrepancy: Discrepancy, ctx: Context, *, resolution: Resolution, reason: str) -> None:
    """Decide who bears what did not arrive well: then it is not in transit any more (I22).

    resolution: Who bears it; with RESEND headquarters send it again.
    reason: What was found, or the number of the claim.
    """
    discrepancy.resolution, discrepancy.reason = resolution, reason
