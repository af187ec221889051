"""What a quotation fills in by itself, and what it does not let happen any more."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from dougong import Context, Invalid, NumberSeries, Refused, WrongState, after, before, guard
from dougong_product import Product, TaxRoundingLevel, digits_of, price_of, rounding_of
from dougong_sales_order.actions.quotations import revise_quotation
from dougong_sales_order.entities import Quotation, QuotationLine, QuotationState
from dougong_sales_order.pricing import keep_rates, priced, share_taxes
from dougong_sales_order.workflows import accept, expire, send, supersede

QUOTATION_NUMBERS = NumberSeries(
    "sales_order.quotation", "What people call quotations.", pattern="Q-{n:06}"
)
VALID_FOR = timedelta(days=30)
"""How long a quotation holds unless it says so itself."""
CURRENCY = "USD"
"""What a quotation is in when neither it nor a line says so."""
REVISED = (QuotationState.SENT, QuotationState.DECLINED, QuotationState.EXPIRED)


@before(Quotation.create)
def fill_in_a_quotation(quotation: Quotation, ctx: Context) -> None:
    """Number, owner, currency and last day have an obvious answer when nobody gives one."""
    quotation.number = quotation.number or QUOTATION_NUMBERS.next(ctx)
    quotation.owner = quotation.owner or ctx.me
    quotation.valid_until = quotation.valid_until or ctx.now.date() + VALID_FOR
    listed = [line.product.price.currency for line in quotation.lines]
    quotation.currency = currency = quotation.currency or next(iter(listed), CURRENCY)
    quotation.tax_rounding = rounding_of(ctx, ctx.now.date(), currency).level


@guard(Quotation.update)
def change_draft_quotations_only(quotation: Quotation, ctx: Context) -> Refused | None:
    """What the customer was sent is what holds."""
    return _no_draft(quotation)


@before(Quotation.update, form=True)
def keep_the_currency(quotation: Quotation, ctx: Context, **form: Any) -> None:
    """The lines have prices."""
    if quotation.lines and form.get("currency", quotation.currency) != quotation.currency:
        raise Invalid("currency_of_lines", at="currency", currency=quotation.currency)


@guard(Quotation.delete)
def delete_first_drafts_only(quotation: Quotation, ctx: Context) -> Refused | None:
    """What others have seen stays, and so does what has taken its place."""
    if quotation.revision > 1:
        return Refused("revision_stays", number=quotation.number)
    return _no_draft(quotation)


@before(QuotationLine.create, together=True)
def price_what_is_offered(lines: Sequence[QuotationLine], ctx: Context) -> None:
    """A line costs what the product costs today, unless somebody says otherwise."""
    quotations = {line.quotation for line in lines}
    ctx.lock(*quotations)
    for over in map(_no_draft, quotations):
        if over:
            raise over
    digits = {one: digits_of(ctx, str(one.currency)) for one in quotations}
    for line in lines:
        line.currency_digits = digits[line.quotation]
        line.tax = line.tax or line.product.tax
        if line.unit_price is None:
            line.unit_price = _list_price(line.product, line.quantity, line.quotation, ctx)
    keep_rates(lines, ctx.now.date(), ctx)


@after(QuotationLine.create, together=True)
def tax_what_is_offered(lines: Sequence[QuotationLine], ctx: Context) -> None:
    """Tax may be rounded for the whole quotation."""
    for quotation in {line.quotation for line in lines}:
        _round_taxes(quotation, ctx)


@guard(QuotationLine.update, loads=(QuotationLine.quotation,))
def change_lines_of_draft_quotations_only(line: QuotationLine, ctx: Context) -> Refused | None:
    """What the customer was sent is what holds."""
    return _no_draft(line.quotation)


@before(QuotationLine.update, form=True)
def price_what_is_offered_instead(line: QuotationLine, ctx: Context, **form: Any) -> None:
    """Another product brings its own list price, unless a price is given."""
    if form.get("quotation", line.quotation) is not line.quotation:
        raise Invalid("offer_stays", at="quotation", number=line.quotation.number)
    product = form.get("product", line.product)
    if product is not line.product and "unit_price" not in form:
        quantity = form.get("quantity", line.quantity)
        line.unit_price = _list_price(product, quantity, line.quotation, ctx)
    tax = form.get("tax", line.tax if product is line.product else product.tax)
    if tax is not line.tax:
        line.tax = tax
        keep_rates([line], ctx.now.date(), ctx)


@after(QuotationLine.update)
def tax_what_is_offered_instead(line: QuotationLine, ctx: Context) -> None:
    """Tax may be rounded for the whole quotation."""
    _round_taxes(line.quotation, ctx)


@guard(QuotationLine.delete, loads=(QuotationLine.quotation,))
def delete_lines_of_draft_quotations_only(line: QuotationLine, ctx: Context) -> Refused | None:
    """What the customer was sent is what holds."""
    return _no_draft(line.quotation)


@after(QuotationLine.delete)
def tax_what_is_still_offered(line: QuotationLine, ctx: Context) -> None:
    """Tax may be rounded for the whole quotation."""
    _round_taxes(line.quotation, ctx)


# Steps --------------------------------------------------------------------------------------


@guard(send, loads=(Quotation.lines,))
def send_what_can_be_accepted(quotation: Quotation, ctx: Context) -> Refused | None:
    """An offer says of what, and until when."""
    if not quotation.lines:
        return Refused("nothing_offered", at="lines", number=quotation.number)
    return _expired(quotation, ctx)


@guard(accept)
def accept_in_time(quotation: Quotation, ctx: Context) -> Refused | None:
    """After its last day nobody can accept it, whether it is called expired yet or not (S25)."""
    return _expired(quotation, ctx)


@guard(expire)
def expire_in_time(quotation: Quotation, ctx: Context) -> Refused | None:
    """On its last day it can still be accepted."""
    if _expired(quotation, ctx):
        return None
    return Refused("still_valid", number=quotation.number, until=quotation.valid_until)


@guard(supersede)
def supersede_what_is_revised(quotation: Quotation, ctx: Context) -> Refused | None:
    """A revision does it."""
    revised = quotation.superseded_on is not None
    return None if revised else Refused("superseded_by_itself", number=quotation.number)


@guard(revise_quotation)
def revise_what_was_sent(quotation: Quotation, ctx: Context) -> Refused | None:
    """A draft is changed, what was accepted is an order, and what was revised has a successor."""
    if quotation.state in REVISED:
        return None
    return WrongState("not_revised", number=quotation.number, state=quotation.state)


def _round_taxes(quotation: Quotation, ctx: Context) -> None:
    if quotation.tax_rounding is TaxRoundingLevel.LINE:
        return
    lines = ctx.find(QuotationLine, QuotationLine.quotation == quotation)
    if lines:
        amounts, digits = [priced(line) for line in lines], lines[0].currency_digits
        share_taxes(lines, amounts, quotation.tax_rounding, digits)
        ctx.session.flush()


def _no_draft(quotation: Quotation) -> Refused | None:
    if quotation.state is QuotationState.DRAFT:
        return None
    return WrongState("quotation_was_sent", number=quotation.number, state=quotation.state)


def _expired(quotation: Quotation, ctx: Context) -> Refused | None:
    until = quotation.valid_until
    assert until is not None  # every stored quotation has one
    if ctx.now.date() <= until:
        return None
    return Refused("quotation_expired", number=quotation.number, until=until)


def _list_price(product: Product, quantity: Decimal, quotation: Quotation, ctx: Context) -> Decimal:
    found = price_of(ctx, product, quantity=quantity, on=ctx.now.date())
    if found.currency != quotation.currency:
        raise Invalid(
            "offered_in_another",
            at="unit_price",
            product=product.name,
            listed=found.currency,
            currency=quotation.currency,
        )
    return found.amount
