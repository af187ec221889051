"""What the stock is worth, and was; and whether that is right."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Date,
    Numeric,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
)

from dougong import Context, report
from dougong_inventory.entities import (
    Location,
    MoveState,
    ProductValuation,
    StockMove,
    StockQuantity,
    ValuationLayer,
)
from dougong_inventory.permissions import SEE_STOCK_VALUES
from dougong_inventory.valuing import OURS
from dougong_product import Product

QUANTITY = Numeric(38, 4)
layer, move, product = ValuationLayer.__table__.c, StockMove.__table__.c, Product.__table__.c
worth = ProductValuation.__table__.c


@report(needs=SEE_STOCK_VALUES)
def stock_value(
    ctx: Context, *, on: date | None = None
) -> Select[str, str | None, Decimal, Decimal, str]:
    """What the stock of each product was worth at the end of a day: what its layers came to (I28).

    on: The day, by accounting dates; today unless given.
    product: The product's name.
    code: The product's code.
    quantity: How many units were ours.
    value: What they cost us.
    currency: The currency of the product's price.
    """
    valued = _valued(_day(on, ctx))
    return (
        select(
            Product.name.label("product"),
            Product.code.label("code"),
            type_coerce(valued.c.quantity, QUANTITY).label("quantity"),
            type_coerce(valued.c.amount, QUANTITY).label("value"),
            product.price_currency.label("currency"),
        )
        .join(valued, valued.c.product_id == Product.id)
        .where(or_(valued.c.quantity != 0, valued.c.amount != 0))
        .order_by(Product.name, Product.id)
    )


@report(needs=SEE_STOCK_VALUES)
def stock_value_by_location(
    ctx: Context, *, on: date | None = None
) -> Select[str, str, Decimal, Decimal, str]:
    """What lay at each location at the end of a day, at what the product's stock cost (I28).

    Each row is rounded by itself: `stockValue` has the sum that counts.
    on: The day, by accounting dates; today unless given.
    location: The location's code.
    product: The product's name.
    quantity: How many units lay there.
    value: What they cost us, at the average of all of the product's stock.
    currency: The currency of the product's price.
    """
    day = _day(on, ctx)
    valued, there = _valued(day), _there(day)
    each = valued.c.amount / func.nullif(valued.c.quantity, 0)
    return (
        select(
            Location.code.label("location"),
            Product.name.label("product"),
            type_coerce(there.c.quantity, QUANTITY).label("quantity"),
            type_coerce(func.round(func.coalesce(each * there.c.quantity, 0), 2), QUANTITY).label(
                "value"
            ),
            product.price_currency.label("currency"),
        )
        .select_from(there)
        .join(Location, Location.id == there.c.location_id)
        .join(Product, Product.id == there.c.product_id)
        .join(valued, valued.c.product_id == Product.id)
        .where(there.c.quantity != 0)
        .order_by(Location.code, Product.name, Product.id)
    )


@report(needs=SEE_STOCK_VALUES)
def valuation_differences(
    ctx: Context,
) -> Select[str, Decimal, Decimal, Decimal, Decimal, Decimal]:
    """Where a product's value is not what its layers, or its quantity not what lies there (I01).

    No rows when all is well.
    product: The product's name.
    valued: How many units are valued.
    on_hand: How many lie at places of ours.
    by_layers: How many the layers add up to.
    value: What they are said to be worth.
    value_by_layers: What the layers add up to.
    """
    valued = _valued(None)
    lying = (
        select(
            StockQuantity.__table__.c.product_id.label("product_id"),
            func.sum(StockQuantity.on_hand).label("quantity"),
        )
        .join(StockQuantity.location)
        .where(Location.kind.in_(OURS))
        .group_by(StockQuantity.__table__.c.product_id)
        .subquery()
    )
    on_hand = type_coerce(func.coalesce(lying.c.quantity, 0), QUANTITY)
    by_layers = type_coerce(func.coalesce(valued.c.quantity, 0), QUANTITY)
    amount = type_coerce(func.coalesce(valued.c.amount, 0), QUANTITY)
    return (
        select(
            Product.name.label("product"),
            type_coerce(ProductValuation.quantity, QUANTITY).label("valued"),
            on_hand.label("on_hand"),
            by_layers.label("by_layers"),
            type_coerce(ProductValuation.amount, QUANTITY).label("value"),
            amount.label("value_by_layers"),
        )
        .join(ProductValuation, worth.product_id == Product.id)
        .outerjoin(valued, valued.c.product_id == Product.id)
        .outerjoin(lying, lying.c.product_id == Product.id)
        .where(
            or_(
                ProductValuation.quantity != on_hand,
                ProductValuation.quantity != by_layers,
                ProductValuation.amount != amount,
            )
        )
        .order_by(Product.name, Product.id)
    )


def _day(on: date | None, ctx: Context) -> Any:
    return cast(ctx.now, Date) if on is None else on


def _valued(on: Any) -> Subquery:
    """What the layers of each product add up to, up to a day."""
    return (
        select(
            layer.product_id.label("product_id"),
            func.sum(layer.quantity).label("quantity"),
            func.sum(layer.amount).label("amount"),
        )
        .where(layer.booked_on <= on if on is not None else layer.id.is_not(None))
        .group_by(layer.product_id)
        .subquery()
    )


def _there(on: Any) -> Subquery:
    """What the done moves that were booked up to a day left at each place of ours."""
    brought = move.destination_id == Location.id
    return (
        select(
            move.product_id.label("product_id"),
            Location.id.label("location_id"),
            func.sum(case((brought, StockMove.quantity), else_=-StockMove.quantity)).label(
                "quantity"
            ),
        )
        .select_from(StockMove)
        .join(Location, or_(brought, move.source_id == Location.id))
        .where(
            and_(
                StockMove.state == MoveState.DONE,
                StockMove.accounting_date <= on,
                Location.kind.in_(OURS),
            )
        )
        .group_by(move.product_id, Location.id)
        .subquery()
    )
