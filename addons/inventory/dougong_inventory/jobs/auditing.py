"""Every night the books are compared with what they follow from."""

from sqlalchemy import select

from dougong import Context, every
from dougong_inventory.entities import DifferenceKind, Location, Lot, StockAuditFinding
from dougong_inventory.reports.differences import on_hand_differs, reserved_differs
from dougong_product import Product

FOUND = {DifferenceKind.ON_HAND: on_hand_differs, DifferenceKind.RESERVED: reserved_differs}


@every("30 2 * * *")
def audit_stock(ctx: Context) -> None:
    """Write down every quantity that its moves or its reservations do not explain (I01)."""
    for kind, differing in FOUND.items():
        rows = differing().alias()
        found = ctx.session.execute(
            select(Product, Location, Lot.number, rows.c.said, rows.c.counted)
            .select_from(rows)
            .join(Product, Product.id == rows.c.product_id)
            .join(Location, Location.id == rows.c.location_id)
            .outerjoin(Lot, Lot.id == rows.c.lot_id)
        )
        for product, location, lot, said, counted in found.all():
            ctx.create(
                StockAuditFinding(
                    found_at=ctx.now,
                    kind=kind,
                    product=product,
                    location=location,
                    lot_number=lot,
                    said=said,
                    counted=counted,
                )
            )
