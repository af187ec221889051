"""How quantities change: both sides of a move at once, and never below what is free.

Every change is one conditional UPDATE. Whoever changes several quantities holds them first, in
the order of product, location and lot, so that two who want the same goods wait for each other and
neither waits for ever (rule “reserve” of the sales study, 5.3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    column,
    func,
    select,
    true,
    tuple_,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import identity_key

from dougong import Context, Refused
from dougong_inventory.closing import closed_before, first_moment_after
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Lot,
    MoveState,
    PeriodBalance,
    ProductTracking,
    Reservation,
    ReservationState,
    StockMove,
    StockPolicy,
    StockQuantity,
    Warehouse,
)
from dougong_product import Product

NONE = Decimal(0)
OUTSIDE = (LocationKind.SUPPLIER, LocationKind.CUSTOMER, LocationKind.ADJUSTMENT)
"""Where goods come from and go to: what lies there may be below zero."""
Place = tuple[Product, Location, Lot | None]
"""Where some goods lie: the key of a quantity."""
_quantity = StockQuantity.__table__.c
_LOT = func.coalesce(_quantity.lot_id, 0)


def location_for(kind: LocationKind, ctx: Context, warehouse: Warehouse | None = None) -> Location:
    """The place that stands for all suppliers or customers, or for a warehouse's transit.

    It is made when missing. Raises Refused when its code belongs to a location of another kind.
    """
    code = kind.name if warehouse is None else f"{warehouse.code}-{kind.name}"
    name = kind.name.capitalize() if warehouse is None else f"{warehouse.name}: {kind.name.lower()}"
    theirs = (
        Location.__table__.c.warehouse_id.is_(None)
        if warehouse is None
        else (Location.warehouse == warehouse)
    )
    found = ctx.find(Location, Location.kind == kind, theirs)
    if not found:
        key = None if warehouse is None else warehouse.id
        new = {"name": name, "code": code, "kind": kind, "warehouse_id": key}
        ctx.session.execute(insert(Location).values(new).on_conflict_do_nothing())
        found = ctx.find(Location, Location.kind == kind, theirs)
    if not found:
        raise Refused("code_of_another_kind", location=code)
    return found[0]


def hold(places: Sequence[Place], ctx: Context) -> None:
    """Lock the quantities of some products at some places; those that are missing begin at 0."""
    keys = sorted({(one.id, place.id, lot.id if lot else 0) for one, place, lot in places})
    if not keys:
        return
    pieces = {(lot.id, place.id) for one, place, lot in places if lot and _is_piece(one, place)}
    new = [
        {
            "product_id": product,
            "location_id": place,
            "lot_id": lot or None,
            "piece": (lot, place) in pieces,
        }
        for product, place, lot in keys
    ]
    ctx.session.execute(insert(StockQuantity).values(new).on_conflict_do_nothing())
    _lock(ctx, tuple_(_quantity.product_id, _quantity.location_id, _LOT).in_(keys))


def _is_piece(product: Product, place: Location) -> bool:
    serial = StockPolicy.of(product).tracking is ProductTracking.SERIAL
    return serial and place.kind not in (LocationKind.SUPPLIER, LocationKind.ADJUSTMENT)


def _lock(ctx: Context, *where: ColumnElement[bool]) -> None:
    order = (_quantity.product_id, _quantity.location_id, _LOT)
    ctx.session.execute(select(_quantity.id).where(*where).order_by(*order).with_for_update())


@dataclass
class Free:
    """What is free of a product in one place, of one lot; its quantity is locked."""

    quantity_id: int
    product: Product
    location: Location
    lot: Lot | None
    free: Decimal
    taken: Decimal = NONE
    """How much of it somebody is about to take."""

    @property
    def left(self) -> Decimal:
        """What nobody is about to take."""
        return self.free - self.taken


def available_in(
    product: Product,
    ctx: Context,
    *,
    lot: Lot | None = None,
    within: Location | None = None,
    on: date | None = None,
) -> list[tuple[Location, Lot | None, Decimal]]:
    """What is free in each stock location that has some, locked: what expires first comes first.

    Blocked lots are left out, and those that have expired by a day (today unless given). `lot`
    asks for that lot alone, `within` for a location and all that is part of it.
    """
    found = available([product], ctx, within=within, on=on)
    return [(one.location, one.lot, one.free) for one in found if lot is None or one.lot is lot]


def available(
    products: Iterable[Product],
    ctx: Context,
    *,
    within: Location | None = None,
    on: date | None = None,
) -> list[Free]:
    """The same for several products, in the order in which everybody locks them."""
    day, by_number = on or ctx.now.date(), {one.id: one for one in products}
    rows = ctx.session.execute(
        select(
            _quantity.id,
            _quantity.product_id,
            Location,
            Lot,
            StockQuantity.on_hand - StockQuantity.reserved,
        )
        .select_from(StockQuantity)
        .join(StockQuantity.location)
        .outerjoin(StockQuantity.lot)
        .where(
            _quantity.product_id.in_(by_number),
            Location.kind == LocationKind.STOCK,
            true() if within is None else _quantity.location_id.in_(parts_of(within)),
            Lot.id.is_(None) | (~Lot.blocked & (func.coalesce(Lot.expires_on, day) >= day)),
        )
        .order_by(_quantity.product_id, _quantity.location_id, _LOT)
        .with_for_update(of=StockQuantity)
    )
    found = [
        Free(number, by_number[product], place, lot, left)
        for number, product, place, lot, left in rows
        if left > 0
    ]
    return sorted(found, key=lambda one: (one.lot and one.lot.expires_on) or date.max)


def may_see_stock(ctx: Context) -> bool:
    """Whether the asker may see what lies in all warehouses.

    Others are not told how many are missing, for that says how many there are.
    """
    return ctx.sees(StockQuantity).compare(true())


def parts_of(place: Location) -> ScalarSelect[int]:
    """The ids of a location and of all that is part of it."""
    tree = select(Location.id).where(Location.id == place.id).cte("parts", recursive=True)
    part = aliased(Location)
    below = select(part.id).where(getattr(part, "parent_id") == tree.c.id)
    return select(tree.union(below).c.id).scalar_subquery()


def reserve(
    product: Product, location: Location, quantity: Decimal, ctx: Context, lot: Lot | None = None
) -> bool:
    """Promise some of what is free there; False, and nothing changed, when there is less."""
    return _change((product, location, lot), ctx, reserved=quantity, only_if=_free(quantity))


def promise(places: Sequence[Free], ctx: Context) -> None:
    """Promise what is about to be taken of what is locked and was free a moment ago."""
    if not places:
        return
    taken = values(column("id", BigInteger), column("taken", _quantity.reserved.type), name="taken")
    some = taken.data([(one.quantity_id, one.taken) for one in places])
    ctx.session.execute(
        update(StockQuantity)
        .where(_quantity.id == some.c.id)
        .values(
            reserved=StockQuantity.reserved + some.c.taken,
            version=StockQuantity.version + 1,
            updated_at=ctx.now,
        )
        .execution_options(synchronize_session=False)
    )
    for one in places:
        known = ctx.session.identity_map.get(identity_key(StockQuantity, one.quantity_id))
        if known is not None:
            ctx.session.expire(known)


def release(
    product: Product, location: Location, quantity: Decimal, ctx: Context, lot: Lot | None = None
) -> None:
    """Take a promise back."""
    _change((product, location, lot), ctx, reserved=-quantity)


def promise_only(
    reserved: ColumnElement[Decimal], ctx: Context, *where: ColumnElement[bool]
) -> None:
    """Make what is reserved equal to what those who reserve say, whatever the books said.

    All the quantities for which the conditions hold are locked before `reserved` is looked at.
    """
    _lock(ctx, *where)
    ctx.session.execute(
        update(StockQuantity)
        .where(*where, StockQuantity.reserved != reserved)
        .values(reserved=reserved, version=StockQuantity.version + 1, updated_at=ctx.now)
        .execution_options(synchronize_session="fetch")
    )


def promised() -> ColumnElement[Decimal]:
    """What the active reservations of a quantity's goods add up to."""
    kept = Reservation.__table__.c
    return (
        select(func.coalesce(func.sum(Reservation.quantity), 0))
        .where(
            Reservation.state == ReservationState.ACTIVE,
            kept.product_id == _quantity.product_id,
            kept.location_id == _quantity.location_id,
            func.coalesce(kept.lot_id, 0) == _LOT,
        )
        .correlate(StockQuantity)
        .scalar_subquery()
    )


def book(move: StockMove, ctx: Context) -> None:
    """Take the goods from the one place and put them in the other, and enter it in the books.

    Raises Refused (`stock_shortage`) when a place of ours has less than that to spare.
    """
    source, wanted = (move.product, move.source, move.lot), move.quantity
    destination = (move.product, move.destination, move.lot)
    hold([source, destination], ctx)
    if not _change(source, ctx, on_hand=-wanted, only_if=_spared(move)):
        raise _shortage(move, ctx)
    _change(destination, ctx, on_hand=wanted)
    # Drawn under the lock, from what the table's ids are drawn from: it goes on after a restore.
    move.entry_number = func.nextval(func.pg_get_serial_sequence("inventory.stock_move", "id"))


def on_hand_at(
    product: Product, location: Location, at: datetime, ctx: Context, lot: Lot | None = None
) -> Decimal:
    """How many there were at a moment; of all lots without one.

    It is what lay there at the end of the last closed period, and what the done moves have brought
    since.
    """
    moment, before = at.astimezone(UTC), closed_before(at, ctx)
    brought = StockMove.destination == location
    signed = func.coalesce(func.sum(StockMove.quantity).filter(brought), 0) - func.coalesce(
        func.sum(StockMove.quantity).filter(~brought), 0
    )
    moved = select(signed).where(
        StockMove.product == product,
        StockMove.state == MoveState.DONE,
        StockMove.effective_at <= moment,
        brought | (StockMove.source == location),
        true() if lot is None else StockMove.lot == lot,
    )
    if before is None:
        return Decimal(ctx.session.scalar(moved) or 0)
    kept = select(func.sum(PeriodBalance.quantity)).where(
        PeriodBalance.period == before,
        PeriodBalance.product == product,
        PeriodBalance.location == location,
        true() if lot is None else PeriodBalance.lot == lot,
    )
    since = moved.where(StockMove.effective_at >= first_moment_after(before.ends_on))
    return Decimal((ctx.session.scalar(kept) or 0) + (ctx.session.scalar(since) or 0))


def _free(quantity: Decimal) -> ColumnElement[bool]:
    return StockQuantity.on_hand - StockQuantity.reserved >= quantity


def _spared(move: StockMove) -> ColumnElement[bool]:
    """What must hold for a source to give the goods away."""
    if move.source.kind in OUTSIDE:
        return ~StockQuantity.piece | _free(move.quantity)
    if move.source.kind is LocationKind.STOCK and move.source.negative_allowed:
        return (StockQuantity.reserved == 0) | _free(move.quantity)
    return _free(move.quantity)


def _change(
    place: Place,
    ctx: Context,
    *,
    on_hand: Decimal = NONE,
    reserved: Decimal = NONE,
    only_if: ColumnElement[bool] | None = None,
) -> bool:
    """Add to what is on hand or reserved, if a condition holds; whether it did."""
    changed = ctx.session.execute(
        update(StockQuantity)
        .where(*_at(place), true() if only_if is None else only_if)
        .values(
            on_hand=StockQuantity.on_hand + on_hand,
            reserved=StockQuantity.reserved + reserved,
            version=StockQuantity.version + 1,
            updated_at=ctx.now,
        )
        .returning(StockQuantity.id)
        .execution_options(synchronize_session="fetch")
    )
    return changed.first() is not None


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    product, location, lot = place
    key = _quantity.lot_id.is_(None) if lot is None else StockQuantity.lot == lot
    return StockQuantity.product == product, StockQuantity.location == location, key


def _shortage(move: StockMove, ctx: Context) -> Refused:
    place = (move.product, move.source, move.lot)
    free = ctx.session.scalar(
        select(StockQuantity.on_hand - StockQuantity.reserved).where(*_at(place))
    )
    there = free or NONE
    if not may_see_stock(ctx):
        return Refused("insufficient_stock", at="quantity", product=move.product.name)
    return Refused(
        "stock_shortage",
        at="quantity",
        product=move.product.name,
        location=move.source.name,
        wanted=move.quantity,
        available=there,
        missing=move.quantity - there,
    )
