"""What a product costs: by a price list, from a quantity on, on a day."""

from collections.abc import Sequence
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


@dataclass(frozen=True)
class Wanted:
    """Some of a product: what a price is asked for."""

    product: Product
    quantity: Decimal
    """How many, in the product's own unit."""


def price_of(
    ctx: Context, product: Product, *, quantity: Decimal, on: date, of: PriceList | None = None
) -> Found:
    """What one unit costs; the product's own price where the list says nothing of it.

    A price of the product comes before one for everything, a larger quantity before a smaller.
    Raises Refused (`list_not_used`, `other_currency`).
    """
    (found,) = prices_of(ctx, [Wanted(product, quantity)], on=on, of=of)
    if found is None:
        has, wants = product.price.currency, of and of.currency
        raise Refused("other_currency", name=product.name, has=has, wants=wants)
    return found


def prices_of(
    ctx: Context, wanted: Sequence[Wanted], *, on: date, of: PriceList | None = None
) -> list[Found | None]:
    """The same for many products, by one statement; in their order.

    None for a product that has no price on the list, and its own in another currency.
    """
    if of is None:
        return [_own(one.product) for one in wanted]
    if not of.active:
        raise Refused("list_not_used", at="price_list", name=of.name)
    numbers = {one.product.id for one in wanted}
    held = (
        select(Price)
        .where(
            PRICE.price_list_id == of.id,
            or_(PRICE.product_id.in_(numbers), PRICE.product_id.is_(None)),
            Price.since <= on,
            or_(Price.until.is_(None), Price.until >= on),
        )
        .order_by(PRICE.product_id.is_(None), Price.min_quantity.desc())
    )
    known = list(ctx.session.scalars(held))
    return [_by_list(one, known, of) for one in wanted]


def _own(product: Product) -> Found:
    """What a product costs without any list."""
    return Found(product.price.amount, product.price.currency, product.floor, None)


def _by_list(wanted: Wanted, known: Sequence[Price], of: PriceList) -> Found | None:
    """What the first price says that is for the product and reached by the quantity."""
    product = wanted.product
    fitting = (
        one
        for one in known
        if one.product in (product, None) and one.min_quantity <= wanted.quantity
    )
    price = next(fitting, None)
    own = _own(product)
    if price is not None and price.amount is not None:
        same = own.floor if own.currency == of.currency else None
        floor = same if price.floor is None else price.floor
        return Found(_at_least(price.amount, floor), of.currency, floor, price)
    if own.currency != of.currency:
        return None
    if price is None:
        return own
    floor = own.floor if price.floor is None else price.floor
    off = rounded(own.amount * (1 - (price.percent_off or Decimal(0))), PRICE_DIGITS)
    return Found(_at_least(off, floor), of.currency, floor, price)


def _at_least(amount: Decimal, floor: Decimal | None) -> Decimal:
    return amount if floor is None else max(amount, floor)
