"""What was handed over by hand to customers, as vouchers beside which the books are looked at."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from dougong import Context
from dougong_inventory import Location, LocationKind, SourceVoucher, location_for
from dougong_inventory.with_sales_order.booking import by_hand, handed_over_in, place_of
from dougong_inventory.with_sales_order.entities import DeliveryBooking
from dougong_product import ProductKind
from dougong_sales_order import Delivery, DeliveryLine


def handed_over(
    places: Sequence[Location], ctx: Context, since: date, until: date
) -> list[SourceVoucher]:
    """A voucher for each line of a delivery that the warehouse of these places did not ship."""
    parts = ctx.session.scalars(
        select(DeliveryLine)
        .join(DeliveryLine.delivery)
        .where(Delivery.source.is_(None), Delivery.delivered_on.between(since, until))
        .order_by(DeliveryLine.id)
    )
    found = [(part, _place(part, ctx)) for part in parts]
    return [_voucher(part, place, ctx) for part, place in found if place in places and place]


def _place(part: DeliveryLine, ctx: Context) -> Location | None:
    warehouse = handed_over_in(part)
    noted = DeliveryBooking.of(part).warehouse is not None
    if warehouse is None or not (noted or by_hand(part.line.order)):
        return None
    return place_of(warehouse, ctx) if part.line.product.kind is ProductKind.GOODS else None


def _voucher(part: DeliveryLine, place: Location, ctx: Context) -> SourceVoucher:
    line, day = part.line, part.delivery.delivered_on
    noon = datetime.combine(day or ctx.now.date(), time(12), UTC)
    return SourceVoucher(
        origin=f"sales_order.DeliveryLine:{part.id}",
        reference=line.order.number,
        product=line.product,
        location=place,
        counterpart=location_for(LocationKind.CUSTOMER, ctx),
        quantity=-part.quantity * line.unit_numerator / line.unit_denominator,
        at=min(noon, ctx.now),
    )
