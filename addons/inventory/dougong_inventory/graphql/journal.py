"""The stock journal, and the daily look at vouchers beside the books."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import case, func, select

from dougong import Context, Invalid, query
from dougong_inventory.closing import first_moment_after
from dougong_inventory.counting import places_in
from dougong_inventory.entities import (
    FindingKind,
    Location,
    Lot,
    MoveState,
    StockMove,
)
from dougong_inventory.permissions import TRACE_STOCK
from dougong_inventory.tracing import VOUCHED, Match, matches
from dougong_product import Product

MOST = 1000
move: Any = StockMove


@strawberry.type
class JournalEntry:
    """One move in the journal of a product at a place."""

    move: StockMove
    """The move, with its voucher's reference and its number in the books."""
    quantity: Decimal
    """How many it brought; below zero for what it took away."""
    balance: Decimal
    """How many lay there after it."""


@strawberry.type
class StockJournal:
    """What came to a place and left it, in the order in which it happened."""

    opening: Decimal
    """How many lay there before the first day."""
    entries: list[JournalEntry]
    """What happened, in the order of its moment and of its number in the books."""
    closing: Decimal
    """How many lay there after the last day."""


@query(needs=TRACE_STOCK)
def stock_journal(
    ctx: Context,
    *,
    product: Product,
    location: Location,
    since: date,
    until: date,
    lot: Lot | None = None,
) -> StockJournal:
    """The moves of a product at a place, with all places in it, and what lay there after each (I06).

    product: What was moved.
    location: Where.
    since: The first day.
    until: The last day.
    lot: Of this lot alone.
    """
    if until < since:
        raise Invalid("ends_before_it_begins", at="until")
    places = [one.id for one in places_in(location, ctx)]
    to_it, from_it = move.destination_id.in_(places), move.source_id.in_(places)
    brought = case((to_it, move.quantity), else_=0) - case((from_it, move.quantity), else_=0)
    about = [move.product == product, move.state == MoveState.DONE, to_it != from_it]
    if lot is not None:
        about.append(move.lot == lot)
    begin, end = datetime.combine(since, time(), UTC), first_moment_after(until)
    before = select(func.coalesce(func.sum(brought), 0)).where(*about, move.effective_at < begin)
    opening: Decimal = ctx.session.scalar(before) or Decimal(0)
    rows = ctx.session.execute(
        select(move, brought)
        .where(*about, move.effective_at >= begin, move.effective_at < end)
        .order_by(move.effective_at, move.entry_number)
        .limit(MOST + 1)
    ).all()
    if len(rows) > MOST:
        raise Invalid("journal_too_long", at="until", most=MOST)
    entries: list[JournalEntry] = []
    balance = opening
    for one, quantity in rows:
        balance += quantity
        entries.append(JournalEntry(move=one, quantity=quantity, balance=balance))
    return StockJournal(opening=opening, entries=entries, closing=balance)


@strawberry.type
class DailyMatch:
    """A line of a voucher beside what the books have of it."""

    product: Product
    """What it is about."""
    reference: str | None
    """What people call the voucher, or what the move was made for."""
    vouchers: Decimal
    """How many left or reached the place, as the voucher says; below zero for what left."""
    booked: Decimal
    """How many did by the books."""
    finding: FindingKind | None
    """What is wrong; null where both say the same."""


@query(needs=TRACE_STOCK)
def daily_match(ctx: Context, *, on: date, location: Location) -> list[DailyMatch]:
    """What was sold, given away and exchanged on a day, by its vouchers and by the books (I08).

    on: The day.
    location: Where, with all places in it.
    """
    return [
        _shown(one) for one in matches(location, ctx, on, on) if one.counterpart.kind in VOUCHED
    ]


def _shown(match: Match) -> DailyMatch:
    voucher = match.voucher
    return DailyMatch(
        product=voucher.product if voucher else match.moves[0].product,
        reference=voucher.reference if voucher else match.moves[0].reference,
        vouchers=voucher.quantity if voucher else Decimal(0),
        booked=match.booked or Decimal(0),
        finding=match.suspected,
    )
