"""What a product costs: by a price list, from a quantity on, on a day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select

from dougong import Context, Refused
from dougong_product.entities import Price, PriceList, Product
from dougong_product.rounding import rounded

PRICE_DIGITS = 4
PRICE = Price.__table__.c


@dataclass(frozen=True)
class Found:
    """What one unit costs, and why."""

    amount: Decimal
    currency: str
    floor: Decimal | None
    """What it costs at least."""
    price: Price | None
    """What says so; None: the product's own price."""


def price_of(
    ctx: Context, product: Product, *, quantity: Decimal, on: date, of: PriceList | None = None
) -> Found:
    """What one unit costs; the product's own price where the list says nothing of it.

    A price of the product comes before one for everything, a larger quantity before a smaller.
    Raises Refused (`list_not_used`, `other_currency`).
    """
    own = product.price
    if of is None:
        return Found(own.amount, own.currency, None, None)
    if not of.active:
        raise Refused("list_not_used", at="price_list", name=of.name)
    held = (
        select(Price)
        .where(
            PRICE.price_list_id == of.id,
            or_(PRICE.product_id == product.id, PRICE.product_id.is_(None)),
            Price.min_quantity <= quantity,
            Price.since <= on,
            or_(Price.until.is_(None), Price.until >= on),
        )
        .order_by(PRICE.product_id.is_(None), Price.min_quantity.desc())
        .limit(1)
    )
    price = ctx.session.scalar(held)
    if price is not None and price.amount is not None:
        return Found(_at_least(price.amount, price.floor), of.currency, price.floor, price)
    if own.currency != of.currency:
        raise Refused("other_currency", name=product.name, has=own.currency, wants=of.currency)
    if price is None:
        return Found(own.amount, own.currency, None, None)
    off = rounded(own.amount * (1 - (price.percent_off or Decimal(0))), PRICE_DIGITS)
    return Found(_at_least(off, price.floor), of.currency, price.floor, price)


def _at_least(amount: Decimal, floor: Decimal | None) -> Decimal:
    return amount if floor is None else max(amount, floor)
