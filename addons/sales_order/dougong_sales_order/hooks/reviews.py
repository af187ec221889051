"""What follows for an order's reviews from what happens to the order."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from dougong import Context, Refused, WrongState, after, before, guard, wrap
from dougong_sales_order.actions.credit import override_credit
from dougong_sales_order.contents import said_in
from dougong_sales_order.credit import check_credit
from dougong_sales_order.entities import SalesOrder, SalesOrderLine, SubmissionTerm
from dougong_sales_order.reviewing import check_unchanged
from dougong_sales_order.workflows import approve, confirm, revise, submit
from dougong_sales_order.workflows.orders import UNDER_WAY

IN_TIME = 24 * 60
"""Within how many minutes an order is to be submitted, where no term says otherwise."""


@before(submit)
def note_how_late_it_is(order: SalesOrder, ctx: Context) -> None:
    """The first time counts: who has to correct an order is not late for that (S09)."""
    if order.submitted_at is not None or order.intent_at is None:
        return
    terms = ctx.find(SubmissionTerm, SubmissionTerm.since <= ctx.now.date())
    latest = max(terms, key=lambda term: term.since, default=None)
    allowed = IN_TIME if latest is None else latest.minutes
    order.submitted_at = ctx.now
    order.minutes_late = max(0, (ctx.now - order.intent_at) // timedelta(minutes=1) - allowed)


@wrap(SalesOrder.update)
def review_a_changed_header_anew(order: SalesOrder, ctx: Context) -> Iterator[None]:
    """An approval is of what the order said when it was given (S12)."""
    earlier = said_in(order)
    yield
    if said_in(order) != earlier:
        _review_anew(order, ctx)


@wrap(SalesOrderLine.update)
def review_a_changed_line_anew(line: SalesOrderLine, ctx: Context) -> Iterator[None]:
    """The same for its lines; a note changes nothing."""
    earlier = said_in(line)
    yield
    if said_in(line) != earlier:
        _review_anew(line.order, ctx)


@after(SalesOrderLine.create, together=True)
def review_more_lines_anew(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """More is not what was approved."""
    for order in {line.order for line in lines}:
        _review_anew(order, ctx)


@after(SalesOrderLine.delete)
def review_fewer_lines_anew(line: SalesOrderLine, ctx: Context) -> None:
    """Less is not what was approved either."""
    _review_anew(line.order, ctx)


@guard(override_credit)
def override_before_it_is_promised(order: SalesOrder, ctx: Context) -> Refused | None:
    """Drafts are not looked at yet, and what was promised has its credit."""
    if order.state in UNDER_WAY:
        return None
    return WrongState("not_under_way", number=order.number, state=order.state)


@before(approve)
def approve_what_was_verified(order: SalesOrder, ctx: Context) -> None:
    """Both reviews are of the same, and the customer has credit for it (S11)."""
    check_credit(order, ctx, check_unchanged(order, ctx))


@before(confirm)
def confirm_what_was_approved(order: SalesOrder, ctx: Context) -> None:
    """What is promised is what was reviewed, and still fits into the customer's credit (S11)."""
    check_credit(order, ctx, check_unchanged(order, ctx))


def _review_anew(order: SalesOrder, ctx: Context) -> None:
    if order.state in UNDER_WAY:
        revise(order, ctx)
