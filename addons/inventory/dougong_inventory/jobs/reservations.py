"""What is kept too long is let go, and what arrives is kept for those who wait."""

from sqlalchemy import func, select

from dougong import Context, every, job
from dougong_inventory.entities import (
    Reservation,
    ReservationState,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
)
from dougong_inventory.reserving import end, keep_what_there_is
from dougong_inventory.workflows.transfers import allocate, call_off, fall_short
from dougong_product import Product

AT_ONCE = 100
"""So many transfers in one transaction; the others next time."""
KEPT = (TransferState.WAITING, TransferState.RESERVED)


@every("*/5 * * * *")
def expire_reservations(ctx: Context) -> None:
    """Let go of what was kept until now, unless it was picked; gifts do not wait for more (I26)."""
    over = Reservation.expires_at <= ctx.now, Reservation.state == ReservationState.ACTIVE
    lines = select(TransferLine.__table__.c.transfer_id).where(
        TransferLine.id.in_(select(Reservation.__table__.c.line_id).where(*over))
    )
    first = (
        select(Transfer.id)
        .where(Transfer.id.in_(lines), Transfer.state.in_(KEPT))
        .order_by(Transfer.id)
        .limit(AT_ONCE)
    )
    for transfer in ctx.hold(Transfer, Transfer.id.in_(first), Transfer.state.in_(KEPT)):
        of_transfer = Reservation.line.has(TransferLine.transfer == transfer)
        end(ctx.find(Reservation, *over, of_transfer), ReservationState.EXPIRED, ctx)
        if transfer.kind is TransferKind.GIFT:
            call_off(transfer, ctx, reason="Expired")
        elif transfer.state is TransferState.RESERVED:
            fall_short(transfer, ctx)


@job
def keep_for_those_who_wait(ctx: Context, *, product: Product) -> None:
    """Keep what has arrived for the transfers that wait for it: by their day, then by age (I05)."""
    wants = TransferLine.base_quantity > TransferLine.done + TransferLine.reserved
    lines = select(TransferLine.__table__.c.transfer_id).where(
        TransferLine.product == product, wants
    )
    day = func.coalesce(Transfer.scheduled_on, func.date(Transfer.created_at))
    waiting = Transfer.state == TransferState.WAITING
    first = (
        select(Transfer.id)
        .where(Transfer.id.in_(lines), waiting, Transfer.hold.is_(None))
        .order_by(day, Transfer.id)
        .limit(AT_ONCE)
    )
    for transfer in sorted(ctx.hold(Transfer, Transfer.id.in_(first), waiting), key=_when):
        if keep_what_there_is(transfer, ctx):
            allocate(transfer, ctx)


def _when(transfer: Transfer) -> tuple[object, int]:
    return transfer.scheduled_on or transfer.created_at.date(), transfer.id
