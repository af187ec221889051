"""Vouchers beside the moves that were booked for them, and how what is wrong is put right.

A move belongs to the voucher whose line it has in `origin`, before the first `/`. What tracing has booked for a voucher
belongs to it too, and what was taken back counts no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from dougong import Context, Refused
from dougong_inventory.booked import booked_for, reverse, still_counts
from dougong_inventory.closing import first_moment_after, over_until
from dougong_inventory.counting import OURS, last_settled, moment_of, places_in
from dougong_inventory.entities import (
    FindingKind,
    Location,
    LocationKind,
    StockMove,
    TraceFinding,
    TraceSession,
    TraceVoucher,
    TransferKind,
)
from dougong_inventory.ledger import Place, hold
from dougong_inventory.origins import FINDING
from dougong_inventory.posting import post
from dougong_inventory.questions import SourceVoucher, trace_sources

VOUCHED = (LocationKind.CUSTOMER, LocationKind.GIFT)
"""Where goods do not go without a voucher."""
REBOOKED = (FindingKind.EXTRA, FindingKind.DATE, FindingKind.LOT)
"""What is put right by taking the move back."""


@dataclass(frozen=True)
class Match:
    """A line of a voucher with what was booked for it, or a move that no voucher explains."""

    voucher: SourceVoucher | None
    moves: Sequence[StockMove]
    location: Location
    """The place of ours."""
    counterpart: Location
    """Where the goods went to or came from."""
    suspected: FindingKind | None
    """What is wrong, as far as it can be seen."""

    @property
    def booked(self) -> Decimal | None:
        """How many reached the place by the books; below zero for what left."""
        if not self.moves:
            return None
        return sum((reached(self.counterpart, one) for one in self.moves), Decimal(0))


def reached(counterpart: Location, move: StockMove) -> Decimal:
    """How many a move brought from a counterpart; below zero for what it took there."""
    return move.quantity if move.source is counterpart else -move.quantity


def matches(location: Location, ctx: Context, since: date, until: date) -> list[Match]:
    """What vouchers say of a place from one day to another, beside the books, by day."""
    places = [one for one in places_in(location, ctx) if one.kind in OURS]
    vouchers = trace_sources(places, ctx, since=since, until=until)
    booked = booked_for([one.origin for one in vouchers], ctx)
    known = {one.id for moves in booked.values() for one in moves}
    matched = [_match(one, booked[one.origin]) for one in vouchers]
    loose = [one for one in _moves_of(places, since, until, ctx) if one.id not in known]
    return [*matched, *(_unexplained(one, places) for one in loose)]


def _match(voucher: SourceVoucher, moves: Sequence[StockMove]) -> Match:
    place, other = voucher.location, voucher.counterpart
    return Match(voucher, moves, place, other, _suspicion(voucher, moves))


def _suspicion(voucher: SourceVoucher, moves: Sequence[StockMove]) -> FindingKind | None:
    if not moves:
        return FindingKind.MISSING
    if sum(reached(voucher.counterpart, one) for one in moves) != voucher.quantity:
        return FindingKind.QUANTITY
    if voucher.lot is not None and any(one.lot is not voucher.lot for one in moves):
        return FindingKind.LOT
    days = {moment_of(one).date() for one in moves}
    return None if days == {voucher.at.date()} else FindingKind.DATE


def _unexplained(move: StockMove, places: Sequence[Location]) -> Match:
    """Goods that went to a customer without any voucher are suspicious; a receipt is looked at.

    What a voucher of another day has booked says so in `origin`; what a transfer has, only when
    that is a delivery.
    """
    leaves = move.source in places
    ours, other = (move.source, move.destination) if leaves else (move.destination, move.source)
    transfer = move.transfer
    claimed = (
        move.origin is not None if transfer is None else transfer.kind is TransferKind.DELIVERY
    )
    suspicious = other.kind in VOUCHED and not claimed and (leaves or transfer is None)
    return Match(None, [move], ours, other, FindingKind.EXTRA if suspicious else None)


def _moves_of(
    places: Sequence[Location], since: date, until: date, ctx: Context
) -> list[StockMove]:
    """What went to or from places on some days, but for what counts have booked, by day."""
    numbers = [one.id for one in places]
    ends = (StockMove.__table__.c.source_id, StockMove.__table__.c.destination_id)
    found = select(StockMove).where(
        *still_counts(),
        or_(*(end.in_(numbers) for end in ends)),
        StockMove.effective_at >= datetime.combine(since, time(), UTC),
        StockMove.effective_at < first_moment_after(until),
        or_(StockMove.origin.is_(None), ~StockMove.origin.startswith("inventory.CountDifference:")),
    )
    return list(ctx.session.scalars(found.order_by(StockMove.effective_at, StockMove.entry_number)))


def gather(session: TraceSession, ctx: Context) -> None:
    """Write down every voucher of a session's days, for somebody to look at it."""
    for one in matches(session.location, ctx, session.since, session.until):
        ctx.create(_gathered(session, one))


def _gathered(session: TraceSession, match: Match) -> TraceVoucher:
    voucher, move = match.voucher, next(iter(match.moves), None)
    if voucher is None:
        assert move is not None
        return TraceVoucher(
            session=session,
            product=move.product,
            location=match.location,
            counterpart=match.counterpart,
            lot=move.lot,
            quantity=Decimal(0) if match.suspected else match.booked or Decimal(0),
            happened_at=moment_of(move),
            reference=move.reference,
            move=move,
            booked=match.booked,
            booked_at=move.effective_at,
            suspected=match.suspected,
        )
    return TraceVoucher(
        session=session,
        product=voucher.product,
        location=voucher.location,
        counterpart=voucher.counterpart,
        lot=voucher.lot,
        quantity=voucher.quantity,
        happened_at=voucher.at,
        reference=voucher.reference,
        origin=voucher.origin,
        move=move,
        booked=match.booked,
        booked_at=move.effective_at if move else None,
        suspected=match.suspected,
    )


# Putting it right --------------------------------------------------------------------------


def findings_of(session: TraceSession, ctx: Context) -> list[TraceFinding]:
    """What is wrong with the vouchers of a session."""
    return ctx.find(TraceFinding, TraceFinding.voucher.has(TraceVoucher.session == session))


def correct_books(session: TraceSession, ctx: Context) -> None:
    """Take back what was booked wrongly, and book what was missing, when it happened (I10).

    What happened in a closed period is booked today. Raises Refused where the goods were counted
    since and that is booked, for the count has put it right already (`counted_already`), and where
    something else is booked for a voucher now than when it was looked at (`booked_since`).
    """
    found = findings_of(session, ctx)
    moves = {one.id: _moves_for(one.voucher, ctx) for one in found}
    hold([key for one in found for key in _keys(one, moves[one.id])], ctx)
    closed = over_until(ctx)
    for one in found:
        wrong = _as_seen(one.voucher, ctx)
        if one.kind in REBOOKED:
            undone = [_undo(one, move, closed, ctx) for move in wrong]
            one.reversal = next(iter(undone), None)
        before = (
            one.voucher.booked or Decimal(0) if one.kind is FindingKind.QUANTITY else Decimal(0)
        )
        if one.kind is not FindingKind.EXTRA and one.quantity != before:
            one.supplement = _book(one, one.quantity - before, closed, ctx)


def _moves_for(voucher: TraceVoucher, ctx: Context) -> list[StockMove]:
    """What is booked for a voucher now, or the move without one unless it was taken back."""
    if voucher.origin is not None:
        return booked_for([voucher.origin], ctx)[voucher.origin]
    if voucher.move is None:
        return []
    return ctx.find(StockMove, StockMove.id == voucher.move.id, *still_counts())


def _as_seen(voucher: TraceVoucher, ctx: Context) -> list[StockMove]:
    """What is booked for a voucher, when its goods are locked; raises Refused if that is new."""
    moves = _moves_for(voucher, ctx)
    booked = sum((reached(voucher.counterpart, one) for one in moves), Decimal(0))
    if booked != (voucher.booked or 0):
        name = voucher.product.name
        raise Refused("booked_since", product=name, reference=voucher.reference or name)
    return moves


def _keys(finding: TraceFinding, moves: Sequence[StockMove]) -> list[Place]:
    voucher = finding.voucher
    places = (voucher.location, voucher.counterpart)
    ends = [(one.product, end, one.lot) for one in moves for end in (one.source, one.destination)]
    lots = {finding.lot, voucher.lot, None}
    return [*ends, *((voucher.product, place, lot) for place in places for lot in lots)]


def _undo(finding: TraceFinding, move: StockMove, closed: date | None, ctx: Context) -> StockMove:
    """Take a move back as if it had never been."""
    leaves = move.destination is finding.voucher.counterpart
    place = (move.product, move.source if leaves else move.destination, move.lot)
    return reverse(
        move,
        ctx,
        origin=f"{FINDING}{finding.id}/back/{move.id}",
        **_dates(place, moment_of(move), closed, ctx),
    )


def _book(finding: TraceFinding, quantity: Decimal, closed: date | None, ctx: Context) -> StockMove:
    """Bring so many to the voucher's place, or take them away."""
    voucher, lot = finding.voucher, finding.lot
    source, destination = voucher.counterpart, voucher.location
    if quantity < 0:
        source, destination = destination, source
    return post(
        voucher.product,
        abs(quantity),
        source,
        destination,
        ctx,
        lot=lot,
        reference=voucher.reference,
        origin=f"{FINDING}{finding.id}/new",
        **_dates((voucher.product, voucher.location, lot), finding.happened_at, closed, ctx),
    )


def _dates(place: Place, at: datetime, closed: date | None, ctx: Context) -> dict[str, Any]:
    """When something is booked that happened at a moment: then, or today where that is closed."""
    late = closed is not None and at.date() <= closed
    if late and last_settled(place, at, ctx) is not None:
        raise Refused("counted_already", product=place[0].name, location=place[1].name)
    return {
        "effective_at": ctx.now if late else at,
        "accounting_date": ctx.now.date() if late else at.date(),
    }
