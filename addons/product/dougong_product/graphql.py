"""What people ask of prices, taxes, currencies and quantities."""

from datetime import date
from decimal import Decimal

import strawberry

from dougong import Context, Money, query
from dougong_product.entities import PriceList, Product, Tax, UnitOfMeasure
from dougong_product.exchanging import exchanged, rate
from dougong_product.measuring import converted
from dougong_product.permissions import ASK_PRICES
from dougong_product.pricing import price_of
from dougong_product.rounding import rounded, tax_in, tax_on
from dougong_product.taxing import rate_on

RATE_DIGITS = 12


@strawberry.type
class ProductPrice:
    """What one unit of a product costs, and why."""

    amount: Decimal
    """What one unit costs."""
    currency: str
    """What the amount is in."""
    list_amount: Decimal
    """What the product costs without any price list, in its own currency."""
    floor: Decimal | None
    """What one unit costs at least, whatever is let off."""
    from_list: bool
    """Whether a price list says so; else it is the product's own price."""


@query(needs=ASK_PRICES)
def product_price(
    ctx: Context,
    *,
    product: Product,
    quantity: Decimal = Decimal(1),
    price_list: PriceList | None = None,
    on: date | None = None,
) -> ProductPrice:
    """What one unit of a product costs.

    quantity: How many units are wanted.
    price_list: By which list; by the product's own price without one.
    on: On which day; today unless said.
    """
    day = on or ctx.now.date()
    found = price_of(ctx, product, quantity=quantity, on=day, of=price_list)
    return ProductPrice(
        amount=found.amount,
        currency=found.currency,
        list_amount=product.price.amount,
        floor=found.floor,
        from_list=found.price is not None,
    )


@strawberry.type
class TaxedAmount:
    """An amount without and with tax."""

    net: Decimal
    """Without tax."""
    tax: Decimal
    """The tax."""
    gross: Decimal
    """With tax: both together, exactly."""
    rate: Decimal
    """The rate that held."""


@query(needs=ASK_PRICES)
def taxed_amount(
    ctx: Context, *, tax: Tax, amount: Decimal, on: date | None = None, digits: int = 2
) -> TaxedAmount:
    """What an amount comes to without and with a tax.

    amount: With the tax where prices contain it, else without.
    on: On which day; today unless said.
    digits: To how many decimals.
    """
    day, places = on or ctx.now.date(), min(max(digits, 0), 4)
    percent = rate_on(ctx, tax, day, at="on")
    whole = rounded(amount, places)
    if tax.included:
        net, part = tax_in(whole, percent, places)
        return TaxedAmount(net=net, tax=part, gross=whole, rate=percent)
    part = tax_on(whole, percent, places)
    return TaxedAmount(net=whole, tax=part, gross=whole + part, rate=percent)


@strawberry.type
class ExchangedAmount:
    """An amount in another currency."""

    amount: Decimal
    """What it comes to, rounded to the currency's decimals."""
    currency: str
    """The currency."""
    rate: Decimal
    """What one unit was worth, to twelve decimals."""
    since: date | None
    """From which day on the rate held; of two that were joined, the older."""
    through: str | None
    """The currency by which two rates were joined."""


@query(needs=ASK_PRICES)
def exchanged_amount(
    ctx: Context, *, amount: Decimal, source: str, target: str, on: date | None = None
) -> ExchangedAmount:
    """What an amount comes to in another currency.

    source: The currency of the amount: EUR.
    target: The currency that is wanted: CNY.
    on: On which day; today unless said.
    """
    day = on or ctx.now.date()
    found = rate(ctx, source, target, day)
    made = exchanged(ctx, Money(amount, source), target, day)
    return ExchangedAmount(
        amount=made.amount,
        currency=target,
        rate=rounded(found.exact, RATE_DIGITS),
        since=found.since,
        through=found.through,
    )


@query(needs=ASK_PRICES)
def converted_quantity(
    ctx: Context,
    *,
    quantity: Decimal,
    source: UnitOfMeasure,
    target: UnitOfMeasure,
    product: Product | None = None,
) -> Decimal:
    """A quantity in another unit of measure, rounded once to that unit's decimals.

    source: The unit of the quantity.
    target: The unit that is wanted.
    product: Whose packings count: a box of it.
    """
    return converted(quantity, source, target, product=product)
