"""What stores get: kept and sent by headquarters, received or disputed, and settled."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, select

from dougong import Context, Invalid, Refused
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Lot,
    MoveState,
    StockMove,
    StockQuantity,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
    Warehouse,
)
from dougong_inventory.entities.replenishment import (
    Discrepancy,
    DiscrepancyKind,
    DiscrepancyState,
    ReplenishmentLine,
    ReplenishmentOrder,
    Shipment,
)
from dougong_inventory.ledger import NONE, location_for
from dougong_inventory.reserving import keep_what_there_is, lines_of
from dougong_inventory.workflows.transfers import (
    allocate,
    call_off,
    dispatch,
    pack,
    pick,
    put_back,
    receive,
    request,
)

PICKED = (TransferState.PICKED, TransferState.CHECKED, TransferState.PACKED)
Batches = dict[int | None, Decimal]
"""How many of each lot, by its number; of none where they are not told apart."""


def shelf_of(warehouse: Warehouse | None, ctx: Context) -> Location:
    """The first place of a warehouse's stock, with all that is part of it; raises Refused."""
    stock = Location.kind == LocationKind.STOCK
    found = ctx.find(Location, Location.warehouse == warehouse, stock) if warehouse else []
    if not found:
        raise Refused("no_shelf", warehouse=warehouse.name if warehouse else "")
    return found[0]


def look_at_source(order: ReplenishmentOrder, ctx: Context) -> None:
    """Note at each line whether headquarters have any to spare, and not how many."""
    free = func.sum(StockQuantity.on_hand - StockQuantity.reserved)
    there = (
        select(StockQuantity.__table__.c.product_id)
        .join(Location, StockQuantity.location)
        .where(Location.warehouse == order.source, Location.kind == LocationKind.STOCK)
        .group_by(StockQuantity.__table__.c.product_id)
        .having(free > 0)
    )
    have = set(ctx.session.scalars(there))
    for line in order.lines:
        line.at_source = line.product.id in have


# Headquarters -------------------------------------------------------------------------------


def keep_supplies(order: ReplenishmentOrder, ctx: Context) -> Shipment:
    """Keep what is still to be sent at headquarters, as far as it is there (I19).

    Raises Refused (`nothing_to_send`) when everything was sent.
    """
    shipment = _planned(order, ctx)
    transfer: Transfer = shipment.transfer
    if transfer.state is TransferState.WAITING and keep_what_there_is(transfer, ctx):
        allocate(transfer, ctx)
    return shipment


def let_supplies_go(order: ReplenishmentOrder, ctx: Context) -> None:
    """What is kept for the order and was not sent is free for others."""
    for shipment in shipments(order, ctx, Shipment.sent_at.is_(None)):
        transfer: Transfer = shipment.transfer
        ctx.delete(shipment)
        if transfer.state in PICKED:
            put_back(transfer, ctx)
        call_off(transfer, ctx, reason=order.number or "")


def send_supplies(
    order: ReplenishmentOrder, ctx: Context, *, carrier: str | None, tracking: str | None
) -> None:
    """Bring into transit what is kept, and what has come in meanwhile (I20).

    What nobody has picked and packed yet is so now. Raises Refused (`nothing_to_send`) when
    nothing is there.
    """
    shipment = keep_supplies(order, ctx)
    transfer: Transfer = shipment.transfer
    if not any(line.reserved for line in lines_of(transfer, ctx)):
        raise Refused("nothing_to_send", number=order.number)
    shipment.carrier = transfer.carrier = carrier
    shipment.tracking = transfer.tracking = tracking
    shipment.sent_at = ctx.now
    if transfer.state in (TransferState.WAITING, TransferState.RESERVED):
        pick(transfer, ctx)
    if transfer.state is not TransferState.PACKED:
        pack(transfer, ctx)
    dispatch(transfer, ctx, backorder=True)
    sent = {line.product.id: line.done for line in lines_of(transfer, ctx)}
    for line in order.lines:
        line.shipped += sent.get(line.product.id, NONE)
    for rest in ctx.find(Transfer, Transfer.backorder_of == transfer):
        ctx.create(Shipment(order=order, transfer=rest))


def shipments(
    order: ReplenishmentOrder, ctx: Context, *where: ColumnElement[bool]
) -> list[Shipment]:
    """Some shipments of an order, with their transfers locked."""
    found = ctx.find(Shipment, Shipment.order == order, *where)
    ctx.lock(*(one.transfer for one in found))
    return found


def in_transit(order: ReplenishmentOrder, ctx: Context) -> Location:
    """Where goods of the sender are until they are received."""
    return location_for(LocationKind.TRANSIT, ctx, order.source)


def _planned(order: ReplenishmentOrder, ctx: Context) -> Shipment:
    """The shipment of what is still to be sent; another one when that has changed."""
    open_ = {line.product.id: line.to_ship for line in order.lines if line.to_ship > 0}
    if not open_:
        raise Refused("nothing_to_send", number=order.number)
    for shipment in shipments(order, ctx, Shipment.sent_at.is_(None)):
        lines = lines_of(shipment.transfer, ctx)
        if {line.product.id: line.base_quantity for line in lines} == open_:
            return shipment
    let_supplies_go(order, ctx)
    lines = [
        TransferLine(product=line.product, quantity=line.to_ship)
        for line in sorted(order.lines, key=lambda line: line.product.id)
        if line.to_ship > 0
    ]
    transfer = Transfer(
        kind=TransferKind.INTERNAL,
        source=shelf_of(order.source, ctx),
        destination=shelf_of(order.warehouse, ctx),
        reference=order.number,
        lines=lines,
    )
    shipment = ctx.create(Shipment(order=order, transfer=ctx.create(transfer)))
    request(transfer, ctx)
    return shipment


# Stores -------------------------------------------------------------------------------------


def receive_supplies(order: ReplenishmentOrder, ctx: Context, rest_is_well: bool) -> None:
    """Put on the store's shelf what arrived well; dispute the rest (I21).

    Raises what is wrong at each line that nobody has looked at.
    """
    unseen = []
    for position, line in enumerate(order.lines):
        if line.arriving > 0 and line.arrived_well is None:
            line.arrived_well = line.arriving if rest_is_well else None
            if not rest_is_well:
                at, name = ("lines", position), line.product.name
                unseen.append(Invalid("not_looked_at", at=at, product=name))
    if unseen:
        raise Refused.all(unseen)
    _put_on_shelves(order, ctx)
    for line in order.lines:
        if line.arriving > 0:
            _dispute(line, ctx)


def _put_on_shelves(order: ReplenishmentOrder, ctx: Context) -> None:
    """Receive what has arrived, shipment by shipment: what is good of it."""
    well = {line.product.id: line.arrived_well or NONE for line in order.lines}
    under_way = (Shipment.sent_at.is_not(None), Shipment.arrived_at.is_(None))
    for shipment in shipments(order, ctx, *under_way):
        for part in lines_of(shipment.transfer, ctx):
            good = min(part.done, well[part.product.id])
            part.accepted, part.rejected = good, NONE
            well[part.product.id] -= good
        shipment.arrived_at = ctx.now
        receive(shipment.transfer, ctx)


def _dispute(line: ReplenishmentLine, ctx: Context) -> None:
    """Count what arrived well, and write down what did not; that stays in transit."""
    well, damaged, wrong = (
        one or NONE for one in (line.arrived_well, line.arrived_damaged, line.arrived_wrong)
    )
    short = line.arriving - well - damaged - wrong
    batches = _under_way(line, ctx)
    for kind, quantity in (
        (DiscrepancyKind.DAMAGED, damaged),
        (DiscrepancyKind.WRONG, wrong),
        (DiscrepancyKind.SHORT, short),
    ):
        for lot, some in _take(batches, quantity, ctx):
            order = line.order
            ctx.create(Discrepancy(order=order, line=line, kind=kind, quantity=some, lot=lot))
    line.accepted += well
    line.disputed += damaged + wrong + short
    line.arrived_well = line.arrived_damaged = line.arrived_wrong = None


def _under_way(line: ReplenishmentLine, ctx: Context) -> Batches:
    """What of the line is in transit and not disputed, by the number of the lot."""
    transit, lot = in_transit(line.order, ctx), StockMove.__table__.c.lot_id
    theirs = select(Shipment.__table__.c.transfer_id).where(Shipment.order == line.order)
    came = StockMove.destination == transit
    moved = ctx.session.execute(
        select(lot, func.sum(case((came, StockMove.quantity), else_=-StockMove.quantity)))
        .where(
            StockMove.__table__.c.transfer_id.in_(theirs),
            StockMove.product == line.product,
            StockMove.state == MoveState.DONE,
            came | (StockMove.source == transit),
        )
        .group_by(lot)
        .order_by(lot)
    )
    batches: Batches = dict(moved.all())
    open_ = Discrepancy.state == DiscrepancyState.OPEN
    for one in ctx.find(Discrepancy, Discrepancy.line == line, open_):
        batches[one.lot.id if one.lot else None] -= one.quantity
    return batches


def _take(batches: Batches, wanted: Decimal, ctx: Context) -> Iterator[tuple[Lot | None, Decimal]]:
    """Take so many out of the batches: of which lots, and how many of each."""
    for number, left in batches.items():
        some = min(wanted, left)
        if some > 0:
            batches[number] -= some
            wanted -= some
            yield (None if number is None else ctx.get(Lot, number)), some
