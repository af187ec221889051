"""Measuring what is let off an order, and asking the nearest who may allow it (S12, S27)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from dougong import Context, Refused, Unit, User, holders, units_of
from dougong_product import Band, Limits, bands, limits_of, rounded
from dougong_sales_order.entities import Concession, ConcessionState, SalesOrder, SalesOrderLine
from dougong_sales_order.pricing import priced
from dougong_sales_order.workflows import withdraw

NOTHING = Decimal(0)
HELD = (ConcessionState.ASKED, ConcessionState.GRANTED)


@dataclass(frozen=True)
class LetOff:
    """What is let off an order, as parts of the list prices."""

    lines: Sequence[tuple[SalesOrderLine, Decimal]]
    """Of each line, its price and discount; without its share of the order's."""
    order: Decimal
    """Of all lines together, with what is let off the whole order."""

    @property
    def most(self) -> Decimal:
        """The largest part that is let off a line."""
        return max((part for _, part in self.lines), default=NOTHING)

    def within(self, limits: Limits) -> bool:
        """Whether somebody with these limits may let that off."""
        alone = all(part <= limits.line(line.product.category) for line, part in self.lines)
        return alone and self.order <= limits.order


def let_off(lines: Sequence[SalesOrderLine]) -> LetOff:
    """What is let off some lines; one without a list price is measured by its own."""
    parts, listed, sold = [], NOTHING, NOTHING
    for line in lines:
        worth = line.quantity * (line.list_price or line.unit_price or NOTHING)
        parts.append((line, _part(worth, priced(line))))
        listed, sold = listed + worth, sold + priced(line) - line.order_discount
    return LetOff(parts, _part(listed, sold))


def terms_of(order: SalesOrder, lines: Sequence[SalesOrderLine]) -> str:
    """A hash of all that a concession is about: whatever of it is changed has to be asked anew."""
    said = [f"{order.customer.id} {order.currency} {order.discount:.2f}"]
    for line in lines:
        numbers = (line.quantity, line.unit_price or NOTHING, line.list_price or NOTHING)
        unit = line.unit.id if line.unit else 0
        prices = " ".join(f"{one:.4f}" for one in (*numbers, line.discount, line.order_discount))
        said.append(f"{line.product.id} {unit} {prices}")
    return sha256("\n".join(said).encode()).hexdigest()


def measure(order: SalesOrder, ctx: Context) -> None:
    """Ask for what is more than the person may let off who submits or changes the order.

    What was asked or granted for the same terms stays; for others it is withdrawn. Raises Refused
    (`beyond_every_band`) where nobody may let off as much.
    """
    lines = ctx.find(SalesOrderLine, SalesOrderLine.order == order)
    limits, off = limits_of(ctx, ctx.me, ctx.now.date()), let_off(lines)
    if limits is None or off.within(limits):
        _withdraw_but(None, order, ctx)
        if order.concession is not None:
            order.concession = None
        return
    terms = terms_of(order, lines)
    kept = _withdraw_but(terms, order, ctx)
    order.concession = kept.state if kept else ConcessionState.ASKED
    if kept is None:
        band, user = _nearest(off, ctx)
        asked = Concession(
            order=order,
            asked_by=ctx.me,
            line_off=off.most,
            order_off=off.order,
            terms=terms,
            role=band.role,
            user=user,
        )
        ctx.create(asked)


def _withdraw_but(terms: str | None, order: SalesOrder, ctx: Context) -> Concession | None:
    """Withdraw what is asked and granted for other terms; what there is for these."""
    kept = None
    for one in ctx.hold(Concession, Concession.order == order, Concession.state.in_(HELD)):
        if one.terms == terms:
            kept = one
        else:
            withdraw(one, ctx)
    return kept


def _nearest(off: LetOff, ctx: Context) -> tuple[Band, User | None]:
    """The lowest band that is enough and has somebody in it, and who of them is nearest."""
    for band in bands(ctx, ctx.now.date()):
        if off.within(band.limits):
            found = [band.user] if band.user else _by_nearness(band.role or "", ctx)
            others = [one for one in found if one is not ctx.me and one.active]
            if others:
                return band, others[0] if band.user or _units(ctx) else None
    line, order = rounded(off.most * 100), rounded(off.order * 100)
    raise Refused("beyond_every_band", line=line, order=order)


def _by_nearness(role: str, ctx: Context) -> list[User]:
    """The holders of a role for the asker's units, the nearest first; of those without, all."""
    units = _units(ctx)
    near = [one for unit in units for one in holders(ctx, role, unit)]
    return near if units else holders(ctx, role)


def _units(ctx: Context) -> list[Unit]:
    return units_of(ctx, ctx.me) if ctx.me else []


def _part(listed: Decimal, sold: Decimal) -> Decimal:
    """What is let off, as a part; nothing where more is asked than the list says."""
    return max(rounded(1 - sold / listed, 4), NOTHING) if listed else NOTHING
