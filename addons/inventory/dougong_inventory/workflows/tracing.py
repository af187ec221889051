"""How vouchers are traced: gathered, ticked, findings proposed, approved, corrected, closed."""

from datetime import datetime
from decimal import Decimal

from dougong import Context, Invalid, Workflow, action
from dougong_inventory.counting import OURS, places_in
from dougong_inventory.entities import (
    FindingKind,
    Location,
    Lot,
    TraceFinding,
    TraceSession,
    TraceState,
    TraceVoucher,
    VoucherCheck,
)
from dougong_inventory.permissions import APPROVE_FINDINGS, TRACE_STOCK
from dougong_inventory.tracing import correct_books, gather
from dougong_product import Product

trace_workflow = Workflow(
    TraceSession, TraceSession.state, final=[TraceState.CLOSED, TraceState.CANCELLED]
)


@trace_workflow.step(TraceState.OPEN, to=TraceState.VERIFYING, needs=TRACE_STOCK)
def verify(session: TraceSession, ctx: Context) -> None:
    """Gather all vouchers of these days, and what the books have of each (I07)."""
    gather(session, ctx)


@action(needs=TRACE_STOCK)
def tick(
    trace_session: TraceSession, ctx: Context, *, vouchers: list[TraceVoucher]
) -> TraceSession:
    """Say of vouchers that they were looked at, and are booked as they should be.

    vouchers: Those that were looked at.
    """
    for voucher in vouchers:
        _check_voucher(trace_session, voucher)
        for finding in ctx.find(TraceFinding, TraceFinding.voucher == voucher):
            ctx.delete(finding)
        voucher.checked, voucher.checked_by = VoucherCheck.VERIFIED, ctx.me
    return trace_session


@action(needs=TRACE_STOCK)
def report_finding(
    trace_session: TraceSession,
    ctx: Context,
    *,
    voucher: TraceVoucher,
    kind: FindingKind,
    quantity: Decimal | None = None,
    happened_at: datetime | None = None,
    lot: Lot | None = None,
    note: str | None = None,
) -> TraceFinding:
    """Say what is wrong with how a voucher was booked, and what is right (I07).

    voucher: The voucher, or the move that none explains.
    kind: What is wrong.
    quantity: How many really reached the place, below zero for what left; what the voucher says unless given.
    happened_at: When that really was; what the voucher says unless given.
    lot: The lot that it really was; what the voucher says unless given.
    note: How it was found out.
    """
    _check_voucher(trace_session, voucher)
    if (voucher.move is None) is not (kind is FindingKind.MISSING):
        raise Invalid("finding_of_another_kind", at="kind", kind=kind)
    if happened_at is not None and happened_at > ctx.now:
        raise Invalid("found_in_the_future", at="happened_at")
    for finding in ctx.find(TraceFinding, TraceFinding.voucher == voucher):
        ctx.delete(finding)
    right = Decimal(0) if kind is FindingKind.EXTRA else voucher.quantity
    voucher.checked, voucher.checked_by = VoucherCheck.FINDING, ctx.me
    return ctx.create(
        TraceFinding(
            voucher=voucher,
            kind=kind,
            quantity=right if quantity is None else quantity,
            happened_at=happened_at or voucher.happened_at,
            lot=lot or voucher.lot,
            note=note,
        )
    )


@action(needs=TRACE_STOCK)
def write_in_voucher(
    trace_session: TraceSession,
    ctx: Context,
    *,
    product: Product,
    location: Location,
    counterpart: Location,
    quantity: Decimal,
    happened_at: datetime,
    reference: str,
    lot: Lot | None = None,
) -> TraceVoucher:
    """Add a voucher that exists on paper alone, to be booked as missing.

    product: What it is about.
    location: The place of ours that the goods left or reached.
    counterpart: Where they went to or came from.
    quantity: How many reached the place; below zero for what left.
    happened_at: When that was.
    reference: What people call the voucher.
    lot: The lot, where they are told apart.
    """
    if location.kind not in OURS or location not in places_in(trace_session.location, ctx):
        raise Invalid("traced_elsewhere", at="location", location=location.name)
    if quantity == 0 or counterpart is location:
        raise Invalid("voucher_moves_nothing", at="quantity")
    if not trace_session.since <= happened_at.date() <= trace_session.until:
        raise Invalid("voucher_of_another_day", at="happened_at")
    return ctx.create(
        TraceVoucher(
            session=trace_session,
            product=product,
            location=location,
            counterpart=counterpart,
            lot=lot,
            quantity=quantity,
            happened_at=happened_at,
            reference=reference,
            suspected=FindingKind.MISSING,
        )
    )


def _check_voucher(session: TraceSession, voucher: TraceVoucher) -> None:
    if voucher.session is not session:
        raise Invalid("voucher_of_another_session", at="voucher")


@trace_workflow.step(TraceState.VERIFYING, to=TraceState.PROPOSED, needs=TRACE_STOCK)
def propose(session: TraceSession, ctx: Context) -> None:
    """All vouchers were looked at: ask whether what was found may be corrected."""


@trace_workflow.step(
    TraceState.PROPOSED,
    to=TraceState.APPROVED,
    needs=APPROVE_FINDINGS,
    not_by=(verify, tick, report_finding, write_in_voucher, propose),
)
def uphold(session: TraceSession, ctx: Context) -> None:
    """Approve what was found; never by who has looked (I10)."""


@trace_workflow.step(
    *(TraceState.PROPOSED, TraceState.APPROVED),
    to=TraceState.VERIFYING,
    needs=APPROVE_FINDINGS,
    reason=True,
)
def doubt(session: TraceSession, ctx: Context, *, reason: str) -> None:
    """Have vouchers looked at once more; say why."""


@trace_workflow.step(TraceState.APPROVED, to=TraceState.APPLIED, needs=TRACE_STOCK)
def correct(session: TraceSession, ctx: Context) -> None:
    """Book what was missing and take back what was wrong, on the day on which it happened (I10)."""
    correct_books(session, ctx)


@trace_workflow.step(
    *(TraceState.VERIFYING, TraceState.APPLIED), to=TraceState.CLOSED, needs=TRACE_STOCK
)
def seal(session: TraceSession, ctx: Context) -> None:
    """Close the session: every voucher was looked at, and every finding corrected (I07)."""


@trace_workflow.step(
    *(TraceState.OPEN, TraceState.VERIFYING, TraceState.PROPOSED, TraceState.APPROVED),
    to=TraceState.CANCELLED,
    needs=TRACE_STOCK,
    reason=True,
)
def abandon(session: TraceSession, ctx: Context, *, reason: str) -> None:
    """Give the session up; nothing is corrected by it."""
