"""What was quoted before: asked while somebody makes an offer."""

from sqlalchemy import select

from dougong import Context, Invalid, query
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order.entities import Quotation, QuotationLine
from dougong_sales_order.permissions import QUOTE

MOST = 100


@query(needs=QUOTE)
def quoted_prices(
    ctx: Context, *, customer: Party, product: Product, first: int = 5
) -> list[QuotationLine]:
    """What a customer was offered a product for, the latest first (S25).

    customer: Who was offered it.
    product: What was offered.
    first: How many at most, up to 100.
    """
    if not 1 <= first <= MOST:
        raise Invalid("too_many_prices", at="first", most=MOST)
    offered = (
        select(QuotationLine)
        .join(QuotationLine.quotation)
        .where(
            Quotation.customer == customer,
            QuotationLine.product == product,
            Quotation.sent_on.is_not(None),
        )
        .order_by(Quotation.sent_on.desc(), QuotationLine.id.desc())
        .limit(first)
    )
    return list(ctx.session.scalars(offered))
