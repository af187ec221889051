"""Goods that leave for nothing or for points: taken off the shelves, counted, and brought back."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy import ColumnElement, update

from dougong import Context, Refused
from dougong_inventory.booked import reverse
from dougong_inventory.entities import (
    Location,
    Reservation,
    ReservationState,
    StockMove,
    StockQuantity,
    Transfer,
    TransferKind,
    TransferLine,
)
from dougong_inventory.entities.gifts import (
    GiftIssue,
    GiftLine,
    GiftQuota,
    Redemption,
    RedemptionLine,
)
from dougong_inventory.ledger import NONE, available_in, hold, may_see_stock, parts_of
from dougong_inventory.posting import post
from dougong_inventory.questions import SourceVoucher
from dougong_inventory.reserving import end, lessen

Handed = GiftLine | RedemptionLine
"""A line of what is handed over."""


def key_of(line: Handed) -> str:
    """The key of a line, which begins the origins of the moves that it causes."""
    return f"inventory.{type(line).__name__}:{line.id}"


def hand_out(
    lines: Sequence[Handed], shelf: Location, to: Location, ctx: Context, *, reference: str | None
) -> None:
    """Move the goods of some lines from a shelf, and all that is part of it, to where they end.

    What expires first leaves first. Raises Refused (`goods_missing`) for every line of which
    there is too little.
    """
    short = []
    for line in sorted(lines, key=lambda line: (line.product.id, line.id)):
        missing = _hand_out(line, shelf, to, ctx, reference)
        if missing > 0:
            short.append(_missing(line, missing, ("lines", lines.index(line)), ctx))
    if short:
        raise Refused.all(short)


def _missing(line: Handed, missing: Decimal, at: tuple[str | int, ...], ctx: Context) -> Refused:
    """How many there are is told to those alone who may see what is in stock."""
    if may_see_stock(ctx):
        return Refused("goods_missing", at=at, product=line.product.name, missing=missing)
    return Refused("insufficient_stock", at=at, product=line.product.name)


def _hand_out(
    line: Handed, shelf: Location, to: Location, ctx: Context, reference: str | None
) -> Decimal:
    product, missing = line.product, line.quantity
    within = StockQuantity.__table__.c.location_id.in_(parts_of(shelf))
    there = ctx.find(StockQuantity, StockQuantity.product == product, within)
    hold([(product, one.location, one.lot) for one in there], ctx)
    free = available_in(product, ctx, lot=line.lot, within=shelf)
    for number, (place, lot, left) in enumerate(free, 1):
        take = min(missing, left)
        if take <= 0:
            break
        origin = f"{key_of(line)}/{number}"
        post(product, take, place, to, ctx, lot=lot, reference=reference, origin=origin)
        missing -= take
    return missing


def bring_back(lines: Iterable[Handed], ctx: Context, *, reference: str | None) -> None:
    """Take the moves of some lines back, each once."""
    for line in sorted(lines, key=lambda line: (line.product.id, line.id)):
        for move in ctx.find(StockMove, StockMove.origin.startswith(f"{key_of(line)}/")):
            reverse(move, ctx, reference=reference)


def vouchers_of(
    given: Iterable[GiftIssue | Redemption], to: Location, on: date | None, ctx: Context
) -> Iterator[SourceVoucher]:
    """What gifts or redemptions of a day say has left: a voucher for each line (I08)."""
    noon = datetime.combine(on or ctx.now.date(), time(12), UTC)
    for one in given:
        for line in one.lines:
            yield SourceVoucher(
                origin=key_of(line),
                reference=one.number,
                product=line.product,
                location=one.location,
                counterpart=to,
                quantity=-line.quantity,
                at=min(noon, ctx.now),
                lot=line.lot,
            )


# Quotas -------------------------------------------------------------------------------------


def count_gift(gift: GiftIssue, ctx: Context, on: date) -> None:
    """Count a gift against every quota that its giver has on that day (I24).

    Raises Refused where there is none (`no_gift_quota`), or one has no room
    (`gift_quota_exceeded`).
    """
    quotas = _quotas(gift, ctx, on)
    if not quotas:
        raise Refused("no_gift_quota", on=on)
    room = GiftQuota.given + gift.units <= GiftQuota.most
    if len(_count(quotas, gift.units, ctx, room)) < len(quotas):
        left = min(one.most - one.given for one in quotas)
        raise Refused("gift_quota_exceeded", units=gift.units, left=left)


def uncount_gift(gift: GiftIssue, ctx: Context, on: date) -> None:
    """Make room again in the quotas of the day on which a gift was given."""
    _count(_quotas(gift, ctx, on), -gift.units, ctx, GiftQuota.given >= gift.units)


def _quotas(gift: GiftIssue, ctx: Context, on: date) -> list[GiftQuota]:
    day = (GiftQuota.since <= on, GiftQuota.until >= on)
    return ctx.hold(GiftQuota, GiftQuota.user == gift.giver, *day)


def _count(
    quotas: list[GiftQuota], units: Decimal, ctx: Context, only_if: ColumnElement[bool]
) -> list[int]:
    changed = ctx.session.scalars(
        update(GiftQuota)
        .where(GiftQuota.id.in_([one.id for one in quotas]), only_if)
        .values(given=GiftQuota.given + units, version=GiftQuota.version + 1, updated_at=ctx.now)
        .returning(GiftQuota.id)
        .execution_options(synchronize_session="fetch")
    )
    return list(changed)


# Reservations -------------------------------------------------------------------------------


def kept_as_gifts(reference: str, ctx: Context) -> list[Reservation]:
    """What is kept to be given away under a key, with its transfers locked."""
    transfers = ctx.hold(
        Transfer, Transfer.kind == TransferKind.GIFT, Transfer.reference == reference
    )
    of_these = TransferLine.__table__.c.transfer_id.in_([one.id for one in transfers])
    active = Reservation.state == ReservationState.ACTIVE
    found = ctx.find(Reservation, Reservation.line.has(of_these), active)
    return sorted(
        found, key=lambda one: (one.product.id, one.location.id, one.lot.id if one.lot else 0)
    )


def use_kept(gift: GiftIssue, ctx: Context) -> None:
    """Free what was kept under the gift's reference, as much as it takes now (I26)."""
    wanted: dict[int, Decimal] = {}
    for line in gift.lines:
        wanted[line.product.id] = wanted.get(line.product.id, NONE) + line.quantity
    for one in kept_as_gifts(gift.reference, ctx) if gift.reference else ():
        less = min(wanted.get(one.product.id, NONE), one.quantity)
        if less > 0:
            one.line.done += less
        if less == one.quantity:
            end([one], ReservationState.CONSUMED, ctx)
        elif less > 0:
            lessen(one, less, ctx)
        wanted[one.product.id] = wanted.get(one.product.id, NONE) - less
