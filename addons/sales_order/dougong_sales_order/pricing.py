"""What lines cost: by list, in the unit that is sold, with tax, and with the order's discount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from dougong import Context, Invalid, Refused
from dougong_product import (
    Found,
    PriceList,
    Product,
    Tax,
    TaxRoundingLevel,
    UnitOfMeasure,
    Wanted,
    document_taxes,
    factor,
    prices_of,
    rate_on,
    rounded,
    shares,
    tax_in,
    tax_on,
)
from dougong_sales_order.entities import (
    CustomerPrices,
    QuotationLine,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.questions import unit_costs

PRICE_DIGITS = 4
ITSELF = Fraction(1)


@dataclass(frozen=True)
class Asked:
    """What somebody wants of a product: as a line says it, or as a change will have it."""

    product: Product
    quantity: Decimal
    unit: UnitOfMeasure | None
    tax: Tax | None

    @classmethod
    def by(cls, line: SalesOrderLine, form: Mapping[str, Any]) -> "Asked":
        """What a line says, with what is changed."""
        if not form:
            return cls(line.product, line.quantity, line.unit, line.tax)
        names = ("product", "quantity", "unit", "tax")
        return cls(*(form.get(name, getattr(line, name)) for name in names))

    @cached_property
    def of_own_unit(self) -> Fraction:
        """How many of the product's own unit one of the unit is."""
        return ITSELF if self.unit is None else factor(self.product, self.unit)

    def in_own_unit(self, amount: Decimal) -> Decimal:
        """What is said of one of the unit, of all that it is in the product's own; 4 decimals."""
        times = self.of_own_unit
        return rounded(amount if times is ITSELF else Fraction(amount) * times, PRICE_DIGITS)


def price_lines(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """Fill in what new lines of one order do not say."""
    asked = [Asked.by(line, {}) for line in lines]
    costs = _costs(lines, asked, ctx)
    for line, one, found in zip(lines, asked, _found(lines, asked, ctx), strict=True):
        _note(line, one, found, costs)
        tax = one.tax or one.product.tax
        if tax is not one.tax:
            line.tax = tax
        line.currency_digits = line.order.currency_digits
        line.promised_on = line.promised_on or line.order.promised_on
        if line.unit_price is None:
            line.unit_price = _listed(line, one)
    _tax(lines, ctx)


TERMS = frozenset(("product", "unit", "quantity", "unit_price", "discount", "tax"))
"""What of a line decides what it comes to."""


def reprice(line: SalesOrderLine, ctx: Context, form: Mapping[str, Any]) -> None:
    """Follow what is changed: a line that costs what the list says goes on doing so."""
    asked, before = Asked.by(line, form), Asked.by(line, {})
    changes = any(form[name] != getattr(line, name) for name in TERMS & form.keys())
    another = asked.product is not before.product or asked.unit is not before.unit
    if another or asked.quantity != before.quantity:
        listed = line.unit_price == line.list_price
        (found,) = _found([line], [asked], ctx)
        _note(line, asked, found, _costs([line], [asked], ctx))
        if "unit_price" not in form and (another or listed):
            line.unit_price = _listed(line, asked)
    follows = asked.product is not before.product and "tax" not in form
    line.tax = asked.product.tax if follows else asked.tax
    if changes:  # what was reviewed keeps its tax, whatever rate is put right meanwhile
        _tax([line], ctx)


def reprice_by_list(order: SalesOrder, ctx: Context) -> None:
    """Have the lines that cost what the list says cost what another list, or day, says."""
    lines = ctx.find(SalesOrderLine, SalesOrderLine.order == order)
    asked = [Asked.by(line, {}) for line in lines]
    costs = _costs(lines, asked, ctx)
    for line, one, found in zip(lines, asked, _found(lines, asked, ctx), strict=True):
        listed = line.unit_price == line.list_price
        _note(line, one, found, costs)
        if listed:
            line.unit_price = _listed(line, one)
    _tax(lines, ctx)


def share_discount(order: SalesOrder, ctx: Context) -> None:
    """Share what is let off the whole order by what the lines come to, exactly (S12).

    Lines that come to less than the discount let off what they come to; such an order is not
    submitted.
    """
    lines = ctx.find(SalesOrderLine, SalesOrderLine.order == order)
    worth, digits = [priced(line) for line in lines], order.currency_digits
    off = min(rounded(order.discount, digits), sum(worth, Decimal(0)))
    parts = shares(off, worth, digits) if lines else []
    for line, part in zip(lines, parts, strict=True):
        if line.order_discount != part:
            line.order_discount = part
    ctx.session.flush()


def round_taxes(order: SalesOrder, ctx: Context) -> None:
    """Round the tax of the whole order, and share it by its lines; or leave each line its own."""
    lines = ctx.find(SalesOrderLine, SalesOrderLine.order == order)
    amounts = [priced(line) - line.order_discount for line in lines]
    share_taxes(lines, amounts, order.tax_rounding, order.currency_digits)
    ctx.session.flush()


def share_taxes(
    lines: Sequence[SalesOrderLine | QuotationLine],
    amounts: Sequence[Decimal],
    rounding: TaxRoundingLevel,
    digits: int,
) -> None:
    """Note on a document's lines, which come to `amounts`, how their taxes differ from their own."""
    whole = rounding is TaxRoundingLevel.DOCUMENT
    alike: dict[tuple[Any, ...], list[tuple[Any, Decimal]]] = {}
    for line, amount in zip(lines, amounts, strict=True):
        alike.setdefault((line.tax, line.tax_rate, line.tax_included), []).append((line, amount))
    for (_, rate, included), both in alike.items():
        some, amounts = [line for line, _ in both], [amount for _, amount in both]
        by_itself = _tax_in if included else tax_on
        own = [by_itself(one, rate, digits) for one in amounts]
        taxes = document_taxes(amounts, rate, included=included, digits=digits) if whole else own
        for line, tax, alone in zip(some, taxes, own, strict=True):
            if line.tax_difference != tax - alone:
                line.tax_difference = tax - alone


def _tax_in(gross: Decimal, rate: Decimal, digits: int) -> Decimal:
    return tax_in(gross, rate, digits)[1]


def customers_list(order: SalesOrder) -> PriceList | None:
    """The list that an order's customer pays by, where it is in use and in the order's currency."""
    found = CustomerPrices.of(order.customer).price_list
    if found is None or not found.active or order.currency not in (None, found.currency):
        return None
    return found


def check_list(order: SalesOrder, form: Mapping[str, Any]) -> None:
    """Raise Invalid where an order and its price list are in different currencies."""
    names = ("price_list", "currency")
    chosen, currency = (form.get(name, getattr(order, name)) for name in names)
    if chosen is not None and chosen.currency != currency:
        params = {"name": chosen.name, "listed": chosen.currency, "currency": currency}
        raise Invalid("list_in_other_currency", at="price_list", **params)


def check_decimals(order: SalesOrder, form: Mapping[str, Any]) -> None:
    """Raise Invalid where the discount or freight of an order is finer than its currency."""
    digits = order.currency_digits
    finer = [
        Invalid("finer_than_currency", at=name, currency=order.currency, digits=digits)
        for name in ("discount", "freight")
        if rounded(form.get(name, getattr(order, name)), digits)
        != form.get(name, getattr(order, name))
    ]
    if finer:
        raise Refused.all(finer)


def priced(line: SalesOrderLine | QuotationLine) -> Decimal:
    """What a line comes to before its share of the order's discount, in the currency's decimals."""
    quantity, price = rounded(line.quantity, 4), rounded(line.unit_price or Decimal(0), 4)
    left = 1 - Fraction(rounded(line.discount, 4))
    return rounded(Fraction(quantity) * Fraction(price) * left, line.currency_digits)


def _found(
    lines: Sequence[SalesOrderLine], asked: Sequence[Asked], ctx: Context
) -> Sequence[Found | None]:
    """What the list says of each, where it says it in the order's currency."""
    order = lines[0].order if lines else None
    if order is None:
        return []
    wanted = [Wanted(one.product, one.in_own_unit(one.quantity)) for one in asked]
    on = order.ordered_on or ctx.now.date()
    found = prices_of(ctx, wanted, on=on, of=order.price_list)
    return [one if one and one.currency == order.currency else None for one in found]


def _note(
    line: SalesOrderLine, asked: Asked, found: Found | None, costs: Mapping[Product, Decimal | None]
) -> None:
    """Keep on the line what held when it was priced."""
    _check_digits(asked)
    times = asked.of_own_unit
    line.unit_numerator = Decimal(times.numerator)
    line.unit_denominator = Decimal(times.denominator)
    line.list_price = None if found is None else asked.in_own_unit(found.amount)
    floor = None if found is None else found.floor
    line.floor_price = None if floor is None else asked.in_own_unit(floor)
    cost = costs[asked.product]
    line.unit_cost = None if cost is None else asked.in_own_unit(cost)


def _check_digits(asked: Asked) -> None:
    """Nobody buys half a box where boxes are whole."""
    unit = asked.unit or asked.product.measured_in
    if unit is not None and asked.quantity != rounded(asked.quantity, unit.digits):
        raise Invalid("too_fine", at="quantity", unit=unit.code, digits=unit.digits)


def _tax(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    if lines:
        keep_rates(lines, lines[0].order.ordered_on or ctx.now.date(), ctx)


def keep_rates(lines: Sequence[SalesOrderLine | QuotationLine], on: date, ctx: Context) -> None:
    """Keep on the lines of one document which rates held on its day."""
    rates: dict[Tax, Decimal] = {}
    for line in lines:
        tax = line.tax
        if tax is not None and tax not in rates:
            rates[tax] = rate_on(ctx, tax, on, at="tax")
        line.tax_rate = Decimal(0) if tax is None else rates[tax]
        line.tax_included = tax is not None and tax.included


def _listed(line: SalesOrderLine, asked: Asked) -> Decimal:
    """What the list says; raises Invalid where it says it in another currency."""
    if line.list_price is not None:
        return line.list_price
    raise Invalid(
        "other_currency",
        at="unit_price",
        product=asked.product.name,
        listed=asked.product.price.currency,
        currency=line.order.currency,
    )


def _costs(
    lines: Sequence[SalesOrderLine], asked: Sequence[Asked], ctx: Context
) -> Mapping[Product, Decimal | None]:
    """What one unit of each costs us now (S28); unknown where the order is in another currency."""
    products = list(dict.fromkeys(one.product for one in asked))
    known = unit_costs(products, ctx, on=ctx.now.date()) or {}
    costs = {one: known.get(one.id, one.standard_cost) for one in products}
    ours = {line.order.currency for line in lines}
    return {one: cost if ours == {one.price.currency} else None for one, cost in costs.items()}
