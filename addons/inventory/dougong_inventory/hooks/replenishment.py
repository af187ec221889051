"""What an order of a store fills in, what it does not let happen, and what its steps move."""

from typing import Any

from sqlalchemy import ColumnElement, false, not_

from dougong import Context, Invalid, NumberSeries, Refused, WrongState, after, before, guard
from dougong_inventory.actions.replenishment import decide_line, drop_rest, note_arrival
from dougong_inventory.disputes import settle
from dougong_inventory.entities import Transfer
from dougong_inventory.entities.replenishment import (
    Discrepancy,
    ReplenishmentLine,
    ReplenishmentOrder,
    ReplenishmentState,
    Resolution,
    Shipment,
)
from dougong_inventory.store_credit import account_of, check_credit, price
from dougong_inventory.supplying import (
    keep_supplies,
    let_supplies_go,
    look_at_source,
    receive_supplies,
    send_supplies,
)
from dougong_inventory.workflows.replenishment import (
    close,
    confirm_receipt,
    endorse,
    fund,
    prepare,
    resolve,
    send_out,
    submit,
    take_in,
    withdraw,
)
from dougong_inventory.workflows.transfers import (
    call_off,
    carry_out,
    dispatch,
    receive,
    ship,
)
from dougong_product import ProductKind

SUPPLY_NUMBERS = NumberSeries(
    "inventory.replenishment", "What people call orders of stores.", pattern="RO-{n:06}"
)
State = ReplenishmentState
SENDING = (State.SHIPPING, State.IN_TRANSIT, State.RECEIVED, State.CONFIRMED)
OF_ITS_ORDER = ReplenishmentLine.order


# Drafts -------------------------------------------------------------------------------------


@before(ReplenishmentOrder.create)
def fill_in_an_order(order: ReplenishmentOrder, ctx: Context) -> None:
    """It has a number, and a warehouse that it comes from."""
    account = account_of(order, ctx)
    order.source = order.source or (account.source if account is not None else None)
    if order.source is None:
        raise Invalid("no_source", at="source", warehouse=order.warehouse.name)
    order.number = SUPPLY_NUMBERS.next(ctx)


@guard(ReplenishmentOrder.update)
def change_drafts_of_stores_only(order: ReplenishmentOrder, ctx: Context) -> Refused | None:
    """What headquarters see is what is decided on."""
    return _no_draft(order)


@guard(ReplenishmentOrder.delete)
def delete_drafts_of_stores_only(order: ReplenishmentOrder, ctx: Context) -> Refused | None:
    """What others have seen is called off, not deleted."""
    return _no_draft(order)


@before(ReplenishmentOrder.update, form=True)
def keep_a_source(order: ReplenishmentOrder, ctx: Context, **form: Any) -> None:
    """Goods come from somewhere."""
    if form.get("source", order.source) is None:
        raise Invalid("no_source", at="source", warehouse=order.warehouse.name)


@before(ReplenishmentLine.create)
def order_goods_in_drafts(line: ReplenishmentLine, ctx: Context) -> None:
    """Goods are ordered, and headquarters see what was sent to them."""
    ctx.lock(line.order)
    if over := _no_draft(line.order):
        raise over
    if line.product.kind is not ProductKind.GOODS:
        raise Invalid("not_goods", at="product", product=line.product.name)


@guard(ReplenishmentLine.update, loads=(OF_ITS_ORDER,))
def change_lines_of_drafts_only(line: ReplenishmentLine, ctx: Context) -> Refused | None:
    """What headquarters see is what is decided on."""
    return _no_draft(line.order)


@before(ReplenishmentLine.update, form=True)
def keep_lines_in_their_order(line: ReplenishmentLine, ctx: Context, **form: Any) -> None:
    """A line is part of one order, and about goods."""
    if form.get("order", line.order) is not line.order:
        raise Invalid("supply_line_stays", at="order", number=line.order.number)
    product = form.get("product", line.product)
    if product.kind is not ProductKind.GOODS:
        raise Invalid("not_goods", at="product", product=product.name)


@guard(ReplenishmentLine.delete, loads=(OF_ITS_ORDER,))
def delete_lines_of_drafts_only(line: ReplenishmentLine, ctx: Context) -> Refused | None:
    """What headquarters see is what is decided on."""
    return _no_draft(line.order)


@before(submit)
def say_what_it_costs(order: ReplenishmentOrder, ctx: Context) -> None:
    """Something is ordered, at today's prices."""
    if not order.lines:
        raise Refused("nothing_requested", number=order.number)
    price(order, ctx)
    look_at_source(order, ctx)


# Reviews ------------------------------------------------------------------------------------


@guard(decide_line, loads=(OF_ITS_ORDER,))
def decide_what_is_in_review(line: ReplenishmentLine, ctx: Context) -> Refused | None:
    """Before the store has sent it nothing is decided, and afterwards nothing more."""
    return _is_not(line.order, State.SUBMITTED)


@before(endorse)
def grant_what_was_decided(order: ReplenishmentOrder, ctx: Context) -> None:
    """What nobody decided on is approved as it was requested (I17)."""
    for line in order.lines:
        line.approved = line.requested if line.approved is None else line.approved
    if not any(line.approved for line in order.lines):
        raise Refused("nothing_approved", number=order.number)
    order.in_part = any((line.approved or 0) < line.requested for line in order.lines)


@before(fund)
def fund_what_can_be_paid(order: ReplenishmentOrder, ctx: Context) -> None:
    """What a store owes stays within its limit (I18)."""
    check_credit(order, ctx)


# Sending and receiving ----------------------------------------------------------------------


@after(prepare)
def keep_what_is_there(order: ReplenishmentOrder, ctx: Context) -> None:
    """Nobody else is promised it (I19)."""
    keep_supplies(order, ctx)


@after(send_out, form=True)
def send_what_is_there(
    order: ReplenishmentOrder,
    ctx: Context,
    *,
    carrier: str | None = None,
    tracking: str | None = None,
) -> None:
    """It is in transit, and headquarters' until it is received (I20)."""
    send_supplies(order, ctx, carrier=carrier, tracking=tracking)


@before(dispatch)
def dispatch_for_stores_by_their_orders(transfer: Transfer, ctx: Context) -> None:
    """What was sent is counted at the lines of the order."""
    _by_its_order(transfer, ctx, ReplenishmentOrder.shipped_at == ctx.now)


@before(ship)
def ship_nothing_to_stores(transfer: Transfer, ctx: Context) -> None:
    """Nor past its order, where a warehouse lets goods go in one step."""
    _by_its_order(transfer, ctx, false())


@before(receive)
def receive_by_the_order(transfer: Transfer, ctx: Context) -> None:
    """The store looks at what arrives, and what did not arrive well is disputed."""
    _by_its_order(transfer, ctx, ReplenishmentOrder.received_at == ctx.now)


@before(carry_out)
def carry_out_nothing_for_stores(transfer: Transfer, ctx: Context) -> None:
    """Nor past its order, where a warehouse lets goods go in one step."""
    _by_its_order(transfer, ctx, false())


@before(call_off)
def call_off_nothing_for_stores(transfer: Transfer, ctx: Context) -> None:
    """The order is withdrawn, or its rest is dropped."""
    _by_its_order(transfer, ctx, false())


@guard(note_arrival, loads=(OF_ITS_ORDER,))
def look_at_what_arrives(line: ReplenishmentLine, ctx: Context) -> Refused | None:
    """Only what is on its way arrives."""
    return _is_not(line.order, State.IN_TRANSIT)


@after(take_in, form=True)
def put_on_the_shelves(
    order: ReplenishmentOrder, ctx: Context, *, rest_is_well: bool = False
) -> None:
    """What arrived well is the store's (I21)."""
    receive_supplies(order, ctx, rest_is_well)


@guard(drop_rest)
def drop_what_is_being_sent(order: ReplenishmentOrder, ctx: Context) -> Refused | None:
    """Of an order of which nothing was sent nothing is left to receive: it is called off."""
    if order.state not in SENDING or order.state is State.SHIPPING:
        return WrongState("nothing_was_sent", number=order.number, state=order.state)
    return None


@guard(confirm_receipt)
def confirm_what_is_complete(order: ReplenishmentOrder, ctx: Context) -> Refused | None:
    """What is still to come would not be confirmed (I22)."""
    if order.to_ship:
        return Refused("still_to_send", number=order.number)
    return None


@before(resolve, form=True)
def explain_the_units(
    discrepancy: Discrepancy, ctx: Context, *, resolution: Resolution, reason: str
) -> None:
    """What was decided on leaves transit at once (I22)."""
    ctx.lock(discrepancy.order, discrepancy.line)


@after(resolve)
def settle_the_units(discrepancy: Discrepancy, ctx: Context) -> None:
    """They are where the decision says."""
    settle(discrepancy, ctx)


@guard(close)
def close_what_is_explained(order: ReplenishmentOrder, ctx: Context) -> Refused | None:
    """Nothing is in transit, disputed or still to be sent (I22)."""
    if order.in_transit or order.to_ship:
        return Refused("not_explained", number=order.number)
    return None


@after(withdraw)
def let_go_of_supplies(order: ReplenishmentOrder, ctx: Context) -> None:
    """What was kept for it is free."""
    let_supplies_go(order, ctx)


def _by_its_order(transfer: Transfer, ctx: Context, now: ColumnElement[bool]) -> None:
    """Raise Refused for the transfer of a store's order, unless the order does it now."""
    of_order = Shipment.order.has(not_(now))
    for shipment in ctx.find(Shipment, Shipment.transfer == transfer, of_order):
        raise Refused("moved_by_its_order", number=shipment.order.number)


def _no_draft(order: ReplenishmentOrder) -> Refused | None:
    return _is_not(order, State.DRAFT)


def _is_not(order: ReplenishmentOrder, state: ReplenishmentState) -> Refused | None:
    if order.state is state:
        return None
    return WrongState("supplies_elsewhere", number=order.number, state=order.state)
