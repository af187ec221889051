"""How quantities change: both sides of a move at once, and never below what is free.

Every change is one conditional UPDATE. Whoever changes several quantities holds them first, in
the order of product and location, so that two who want the same goods wait for each other and
neither waits for ever (rule “reserve” of the sales study, 5.3).
"""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import ColumnElement, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from dougong import Context, Refused
from dougong_inventory.entities import Location, LocationKind, StockMove, StockQuantity
from dougong_product import Product

NONE = Decimal(0)


def location_for(kind: LocationKind, ctx: Context) -> Location:
    """The place that stands for all suppliers, customers or adjustments; made when missing.

    Raises Refused when its code belongs to a location of another kind.
    """
    code = kind.name
    new = {"name": code.capitalize(), "code": code, "kind": kind}
    if not ctx.find(Location, Location.kind == kind):
        ctx.session.execute(insert(Location).values(new).on_conflict_do_nothing())
    found = ctx.find(Location, Location.kind == kind)
    if not found:
        raise Refused("code_of_another_kind", location=code)
    return found[0]


def hold(places: Iterable[tuple[Product, Location]], ctx: Context) -> None:
    """Lock the quantities of some products at some locations; those that are missing begin at 0."""
    keys = sorted({(product.id, location.id) for product, location in places})
    if not keys:
        return
    new = [{"product_id": product, "location_id": location} for product, location in keys]
    ctx.session.execute(insert(StockQuantity).values(new).on_conflict_do_nothing())
    table = StockQuantity.__table__.c
    ctx.session.execute(
        select(table.id)
        .where(tuple_(table.product_id, table.location_id).in_(keys))
        .order_by(table.product_id, table.location_id)
        .with_for_update()
    )


def available_in(product: Product, ctx: Context) -> list[tuple[Location, Decimal]]:
    """What is free in each stock location that has some, locked, in the order of locations."""
    statement = (
        select(Location, StockQuantity.on_hand - StockQuantity.reserved)
        .select_from(StockQuantity)
        .join(StockQuantity.location)
        .where(StockQuantity.product == product, Location.kind == LocationKind.STOCK)
        .order_by(Location.id)
        .with_for_update(of=StockQuantity)
    )
    return [(place, free) for place, free in ctx.session.execute(statement) if free > 0]


def reserve(product: Product, location: Location, quantity: Decimal, ctx: Context) -> bool:
    """Promise some of what is free there; False, and nothing changed, when there is less."""
    return _change(product, location, ctx, reserved=quantity, only_if=_free(quantity))


def release(product: Product, location: Location, quantity: Decimal, ctx: Context) -> None:
    """Take a promise back."""
    _change(product, location, ctx, reserved=-quantity)


def promise_only(
    reserved: ColumnElement[Decimal], ctx: Context, *where: ColumnElement[bool]
) -> None:
    """Make what is reserved equal to what those who reserve say, whatever the books said.

    All the quantities for which the conditions hold are locked before `reserved` is looked at.
    """
    table = StockQuantity.__table__.c
    ctx.session.execute(
        select(table.id)
        .where(*where)
        .order_by(table.product_id, table.location_id)
        .with_for_update()
    )
    ctx.session.execute(
        update(StockQuantity)
        .where(*where, StockQuantity.reserved != reserved)
        .values(reserved=reserved, version=StockQuantity.version + 1, updated_at=ctx.now)
        .execution_options(synchronize_session="fetch")
    )


def book(move: StockMove, ctx: Context) -> None:
    """Take the goods from the one place and put them in the other.

    Raises Refused (`stock_shortage`) when a stock location has less than that to spare.
    """
    product, source, wanted = move.product, move.source, move.quantity
    hold([(product, source), (product, move.destination)], ctx)
    only_if = _free(wanted) if source.kind is LocationKind.STOCK else true()
    if not _change(product, source, ctx, on_hand=-wanted, only_if=only_if):
        raise _shortage(move, ctx)
    _change(product, move.destination, ctx, on_hand=wanted)


def _free(quantity: Decimal) -> ColumnElement[bool]:
    return StockQuantity.on_hand - StockQuantity.reserved >= quantity


def _change(
    product: Product,
    location: Location,
    ctx: Context,
    *,
    on_hand: Decimal = NONE,
    reserved: Decimal = NONE,
    only_if: ColumnElement[bool] | None = None,
) -> bool:
    """Add to what is on hand or reserved, if a condition holds; whether it did."""
    changed = ctx.session.execute(
        update(StockQuantity)
        .where(
            StockQuantity.product == product,
            StockQuantity.location == location,
            true() if only_if is None else only_if,
        )
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


def _shortage(move: StockMove, ctx: Context) -> Refused:
    found = dict(available_in(move.product, ctx))
    free = found.get(move.source, NONE)
    return Refused(
        "stock_shortage",
        at="quantity",
        product=move.product.name,
        location=move.source.name,
        wanted=move.quantity,
        available=free,
        missing=move.quantity - free,
    )
