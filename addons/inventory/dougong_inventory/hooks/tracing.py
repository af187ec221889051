"""What tracing does not let happen, and what our own vouchers say."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from dougong import Context, Refused, WrongState, answers, guard
from dougong_inventory.closing import first_moment_after
from dougong_inventory.entities import (
    Location,
    Reservation,
    ReservationState,
    TraceSession,
    TraceState,
    TraceVoucher,
    Transfer,
    TransferKind,
    TransferLine,
    VoucherCheck,
)
from dougong_inventory.questions import SourceVoucher, trace_sources
from dougong_inventory.tracing import findings_of
from dougong_inventory.workflows.tracing import (
    propose,
    report_finding,
    seal,
    tick,
    write_in_voucher,
)


@answers(trace_sources)
def with_what_deliveries_took(
    places: Sequence[Location], ctx: Context, *, since: date, until: date
) -> list[SourceVoucher]:
    """Each delivery that has left took what had been kept for it, place by place (I08)."""
    kept = Reservation.__table__.c
    rows = ctx.session.execute(
        select(Reservation, Transfer)
        .join(Reservation.line)
        .join(TransferLine.transfer)
        .where(
            Reservation.state == ReservationState.CONSUMED,
            kept.location_id.in_([one.id for one in places]),
            Transfer.kind == TransferKind.DELIVERY,
            Transfer.left_at >= datetime.combine(since, time(), UTC),
            Transfer.left_at < first_moment_after(until),
        )
        .order_by(Reservation.id)
    )
    return [
        SourceVoucher(
            origin=f"inventory.Reservation:{one.id}",
            reference=transfer.reference or transfer.number,
            product=one.product,
            location=one.location,
            counterpart=transfer.destination,
            quantity=-one.quantity,
            at=transfer.left_at or ctx.now,
            lot=one.lot,
        )
        for one, transfer in rows
    ]


@guard(TraceSession.update)
def change_what_is_not_gathered_yet(session: TraceSession, ctx: Context) -> Refused | None:
    """Vouchers were gathered for these days."""
    return _gathered(session)


@guard(TraceSession.delete)
def delete_what_is_not_gathered_yet(session: TraceSession, ctx: Context) -> Refused | None:
    """What was looked at stays."""
    return _gathered(session)


@guard(tick)
def tick_while_verifying(session: TraceSession, ctx: Context) -> Refused | None:
    """Vouchers are looked at once they are gathered, until findings are proposed."""
    return _not_verifying(session)


@guard(report_finding)
def report_while_verifying(session: TraceSession, ctx: Context) -> Refused | None:
    """So are findings."""
    return _not_verifying(session)


@guard(write_in_voucher)
def write_in_while_verifying(session: TraceSession, ctx: Context) -> Refused | None:
    """So are vouchers that are on paper alone."""
    return _not_verifying(session)


@guard(propose)
def propose_when_all_are_ticked(session: TraceSession, ctx: Context) -> Refused | None:
    """Every voucher was looked at, and something is wrong (I07)."""
    if unticked := _unticked(session, ctx):
        return unticked
    return None if findings_of(session, ctx) else Refused("nothing_found")


@guard(seal)
def seal_when_all_are_ticked(session: TraceSession, ctx: Context) -> Refused | None:
    """Every voucher was looked at, and what was found is corrected (I07)."""
    if session.state is TraceState.APPLIED:
        return None
    if unticked := _unticked(session, ctx):
        return unticked
    return Refused("findings_wait") if findings_of(session, ctx) else None


def _unticked(session: TraceSession, ctx: Context) -> Refused | None:
    open_ones = (TraceVoucher.session == session, TraceVoucher.checked == VoucherCheck.OPEN)
    left = len(ctx.find(TraceVoucher, *open_ones))
    return Refused("vouchers_unticked", count=left) if left else None


def _gathered(session: TraceSession) -> Refused | None:
    if session.state is TraceState.OPEN:
        return None
    return WrongState("vouchers_gathered", state=session.state)


def _not_verifying(session: TraceSession) -> Refused | None:
    if session.state is TraceState.VERIFYING:
        return None
    return WrongState("not_verifying", state=session.state)
