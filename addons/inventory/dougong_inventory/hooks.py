"""What keeps the books straight: what has happened is not changed."""

from typing import Any

from dougong import Context, Invalid, Refused, WrongState, after, before, guard
from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    StockQuantity,
    Warehouse,
)
from dougong_inventory.ledger import location_for
from dougong_product import Product, ProductKind


@after(Warehouse.create)
def give_a_warehouse_its_places(warehouse: Warehouse, ctx: Context) -> None:
    """A warehouse opens with one stock location, which has its name and code.

    The places that stand for suppliers, customers and adjustments are made with the first one.
    """
    ctx.create(Location(name=warehouse.name, code=warehouse.code, warehouse=warehouse))
    for kind in (LocationKind.SUPPLIER, LocationKind.CUSTOMER, LocationKind.ADJUSTMENT):
        location_for(kind, ctx)


@before(StockMove.create)
def move_goods_between_two_places(move: StockMove, ctx: Context) -> None:
    """A service does not lie anywhere, and a move leads somewhere else."""
    _check_move(move.product, move.source, move.destination)


@guard(StockMove.update)
def change_drafts_only(move: StockMove, ctx: Context) -> Refused | None:
    """What has happened stays; another move puts it right."""
    return _over(move)


@before(StockMove.update, form=True)
def keep_goods_moving_between_two_places(move: StockMove, ctx: Context, **form: Any) -> None:
    """The same for what is changed."""
    _check_move(
        form.get("product", move.product),
        form.get("source", move.source),
        form.get("destination", move.destination),
    )


@guard(StockMove.delete)
def delete_drafts_only(move: StockMove, ctx: Context) -> Refused | None:
    """What has happened stays in the books."""
    return _over(move)


@before(Location.update, form=True)
def keep_the_kind_of_a_used_place(location: Location, ctx: Context, **form: Any) -> None:
    """A shelf that has held goods does not turn into a supplier."""
    changes = form.get("kind", location.kind) is not location.kind
    if changes and ctx.find(StockQuantity, StockQuantity.location == location):
        raise Invalid("location_in_use", at="kind", location=location.name)


@before(Product.update, form=True)
def keep_the_kind_of_goods_in_the_books(product: Product, ctx: Context, **form: Any) -> None:
    """What lies on a shelf, is promised or is about to move does not turn into a service."""
    if form.get("kind", product.kind) is product.kind:
        return
    kept = ctx.find(StockQuantity, StockQuantity.product == product)
    planned = ctx.find(StockMove, StockMove.product == product, StockMove.state == MoveState.DRAFT)
    if kept or planned:
        raise Invalid("product_in_use", at="kind", product=product.name)


def _over(move: StockMove) -> Refused | None:
    if move.state is MoveState.DRAFT:
        return None
    return WrongState("move_is_over", state=move.state)


def _check_move(product: Product, source: Location, destination: Location) -> None:
    if product.kind is not ProductKind.GOODS:
        raise Invalid("not_goods", at="product", product=product.name)
    if source is destination:
        raise Invalid("same_place", at="destination", location=source.name)
