"""What is booked for the lines of vouchers and still counts, and how it is taken back."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from dougong import Context
from dougong_inventory.entities import MoveState, StockMove, TraceFinding, TraceVoucher
from dougong_inventory.origins import voucher_line
from dougong_inventory.posting import post


def still_counts() -> list[ColumnElement[bool]]:
    """Moves that are done, and neither taken back nor there to take another back."""
    back = aliased(StockMove)
    undone = select(back.id).where(
        getattr(back, "reversal_of_id") == StockMove.id, back.state == MoveState.DONE
    )
    return [
        StockMove.state == MoveState.DONE,
        StockMove.reversal_of == None,  # noqa: E711 - SQL's IS NULL
        ~undone.exists(),
    ]


def booked_for(origins: Sequence[str], ctx: Context) -> defaultdict[str, list[StockMove]]:
    """The moves of each line of a voucher that still count, with those that tracing has added."""
    found: defaultdict[str, list[StockMove]] = defaultdict(list)
    named = StockMove.origin.is_not(None), voucher_line(StockMove.__table__.c.origin).in_(origins)
    for move in ctx.find(StockMove, *still_counts(), *named):
        found[(move.origin or "").split("/")[0]].append(move)
    added = (
        select(TraceVoucher.origin, StockMove)
        .select_from(TraceFinding)
        .join(TraceFinding.voucher)
        .join(TraceFinding.supplement)
        .where(TraceVoucher.origin.in_(origins), *still_counts())
        .order_by(StockMove.id)
    )
    for origin, move in ctx.session.execute(added):
        found[origin or ""].append(move)
    return found


def reverse(
    move: StockMove,
    ctx: Context,
    *,
    origin: str | None = None,
    effective_at: datetime | None = None,
    accounting_date: date | None = None,
    reference: str | None = None,
) -> StockMove:
    """Bring the goods of a move back to where it took them; the move that does so, made once."""
    return post(
        *(move.product, move.quantity, move.destination, move.source, ctx),
        lot=move.lot,
        effective_at=effective_at,
        accounting_date=accounting_date,
        reference=reference or move.reference,
        origin=origin or f"reversal of {move.origin}",
        reversal_of=move,
    )
