"""What is said about single lines of a store's order, and what is given up of it."""

from decimal import Decimal

from dougong import Context, Invalid, action
from dougong_inventory.entities.replenishment import ReplenishmentLine, ReplenishmentOrder
from dougong_inventory.ledger import NONE
from dougong_inventory.permissions import ORDER_SUPPLIES, REVIEW_SUPPLIES
from dougong_inventory.supplying import let_supplies_go, look_at_source


@action(needs=ORDER_SUPPLIES)
def ask_headquarters(order: ReplenishmentOrder, ctx: Context) -> ReplenishmentOrder:
    """Look whether headquarters have any of the goods to spare; never how many."""
    look_at_source(order, ctx)
    return order


@action(needs=REVIEW_SUPPLIES)
def decide_line(
    line: ReplenishmentLine, ctx: Context, *, approved: Decimal, reason: str = ""
) -> ReplenishmentLine:
    """Let the store have another quantity than it wants; say why (I17).

    approved: How many, in the product's own unit; none with 0.
    reason: Why it is another quantity.
    """
    if approved < 0:
        raise Invalid("below_zero", at="approved")
    if approved != line.requested and not reason.strip():
        raise Invalid("decision_without_reason", at="reason", product=line.product.name)
    line.approved, line.decision = approved, reason.strip() or None
    return line


@action(needs=ORDER_SUPPLIES)
def note_arrival(
    line: ReplenishmentLine,
    ctx: Context,
    *,
    well: Decimal,
    damaged: Decimal = NONE,
    wrong: Decimal = NONE,
) -> ReplenishmentLine:
    """Write down what was found of a line in what arrives now; what is missing is short (I21).

    well: How many are good.
    damaged: How many are damaged.
    wrong: How many came as something else.
    """
    if min(well, damaged, wrong) < 0:
        raise Invalid("below_zero", at="well")
    if well + damaged + wrong > line.arriving:
        raise Invalid("more_than_sent", at="well", sent=line.arriving, product=line.product.name)
    line.arrived_well, line.arrived_damaged, line.arrived_wrong = well, damaged, wrong
    return line


@action(needs=REVIEW_SUPPLIES)
def drop_rest(order: ReplenishmentOrder, ctx: Context, *, reason: str) -> ReplenishmentOrder:
    """Send no more of what was approved; what was sent already is received as it is (I19).

    reason: Why.
    """
    if not reason.strip():
        raise Invalid("decision_without_reason", at="reason", product=order.number)
    let_supplies_go(order, ctx)
    order.reason = reason.strip()
    for line in order.lines:
        line.dropped += line.to_ship
    return order
