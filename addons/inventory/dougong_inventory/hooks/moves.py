"""What keeps the books straight: what has happened is not changed."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import select

from dougong import Context, Invalid, Refused, WrongState, after, before, guard
from dougong_inventory.actions.moves import reverse_move
from dougong_inventory.completing import complete
from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    StockQuantity,
    Transfer,
    TransferLine,
    TransferState,
    Warehouse,
)
from dougong_inventory.jobs.reservations import keep_for_those_who_wait
from dougong_inventory.ledger import location_for
from dougong_inventory.lots import check_lot
from dougong_inventory.moving import (
    check_dates,
    check_house,
    check_move,
    check_negative,
    lineage,
)
from dougong_inventory.own_warehouses import SHARED


@after(Warehouse.create)
def give_a_warehouse_its_places(warehouse: Warehouse, ctx: Context) -> None:
    """A warehouse opens with one stock location, which has its name and code.

    The places that stand for suppliers, customers and adjustments are made with the first one.
    """
    ctx.create(Location(name=warehouse.name, code=warehouse.code, warehouse=warehouse))
    for kind in (LocationKind.SUPPLIER, LocationKind.CUSTOMER, LocationKind.ADJUSTMENT):
        location_for(kind, ctx)


@before(StockMove.create, together=True)
def move_goods_between_two_places(moves: Sequence[StockMove], ctx: Context) -> None:
    """A service does not lie anywhere, a move leads somewhere else, and nothing is to come."""
    for move in moves:
        happened = move.effective_at or ctx.now
        booked = move.accounting_date or happened.astimezone(UTC).date()
        move.effective_at, move.accounting_date = happened, booked
        check_move(move.product, move.source, move.destination)
        check_lot(move.product, move.lot, move.quantity)
        check_dates(happened, booked, ctx)


@guard(StockMove.update)
def change_drafts_only(move: StockMove, ctx: Context) -> Refused | None:
    """What has happened stays; another move puts it right."""
    return _over(move)


@before(StockMove.update, form=True)
def keep_goods_moving_between_two_places(move: StockMove, ctx: Context, **form: Any) -> None:
    """The same for what is changed."""
    product = form.get("product", move.product)
    check_move(product, form.get("source", move.source), form.get("destination", move.destination))
    check_lot(product, form.get("lot", move.lot), form.get("quantity", move.quantity))
    happened = form.get("effective_at") or move.effective_at
    booked = form.get("accounting_date") or move.accounting_date
    if happened is not None and booked is not None:
        check_dates(happened, booked, ctx)


@guard(StockMove.delete)
def delete_drafts_only(move: StockMove, ctx: Context) -> Refused | None:
    """What has happened stays in the books."""
    return _over(move)


@guard(reverse_move)
def take_back_what_is_done(move: StockMove, ctx: Context) -> Refused | None:
    """A draft is cancelled or deleted."""
    if move.state is MoveState.DONE:
        return None
    return WrongState("move_not_done", state=move.state)


@before(Location.update, form=True)
def keep_the_kind_of_a_used_place(location: Location, ctx: Context, **form: Any) -> None:
    """A shelf that has held goods does not turn into a supplier."""
    changes = form.get("kind", location.kind) is not location.kind
    if changes and ctx.find(StockQuantity, StockQuantity.location == location):
        raise Invalid("location_in_use", at="kind", location=location.name)


@before(Location.create)
def take_less_than_nothing_from_stock_alone(location: Location, ctx: Context) -> None:
    """What is in transit or in quarantine is there, or it is not."""
    check_negative(location.kind, location.negative_allowed)


@before(Location.create)
def a_place_is_in_the_building_of_the_place_above(location: Location, ctx: Context) -> None:
    """Nobody has to say it again for each shelf."""
    if location.warehouse is None and location.parent and location.kind not in SHARED:
        location.warehouse = location.parent.warehouse
    check_house(location, location.warehouse, location.parent)


@before(Location.update, form=True)
def keep_it_in_the_building_of_the_place_above(
    location: Location, ctx: Context, **form: Any
) -> None:
    """It is moved within its building; with its warehouse those would change whose stock it is."""
    if "warehouse" not in form and "parent" not in form:
        return
    house = form.get("warehouse", location.warehouse)
    check_house(location, house, form.get("parent", location.parent))
    if house is not location.warehouse and ctx.find(Location, Location.parent == location):
        raise Invalid("place_of_another_house", at="warehouse", location=location.name)


@before(Location.update, form=True)
def no_place_in_itself(location: Location, ctx: Context, **form: Any) -> None:
    """A shelf is part of an aisle, never of what is part of the shelf."""
    check_negative(
        form.get("kind", location.kind), form.get("negative_allowed", location.negative_allowed)
    )
    parent = form.get("parent", location.parent)
    if parent is location.parent:
        return
    ctx.hold(Location)  # or two that are moved at once could end up in each other
    if location in lineage(parent):
        raise Invalid("place_in_itself", at="parent", location=location.name)


def _over(move: StockMove) -> Refused | None:
    if move.state is MoveState.DRAFT:
        return None
    return WrongState("move_is_over", state=move.state)


@after(complete)
def keep_what_arrived_for_those_who_wait(move: StockMove, ctx: Context) -> None:
    """Whoever waits longest for what has come into stock gets it, a moment later (I05)."""
    if move.destination.kind is not LocationKind.STOCK or move.source.kind is LocationKind.STOCK:
        return
    waiting = select(TransferLine.id).where(
        TransferLine.product == move.product,
        TransferLine.base_quantity > TransferLine.done + TransferLine.reserved,
        TransferLine.transfer.has(Transfer.state == TransferState.WAITING),
    )
    if ctx.session.scalar(waiting.limit(1)) is not None:
        ctx.later(keep_for_those_who_wait, product=move.product)
