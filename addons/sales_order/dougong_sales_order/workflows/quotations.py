"""How a quotation goes: draft → sent → accepted, or declined, expired, superseded."""

from dougong import Context, Workflow
from dougong_sales_order.drafting import draft_order
from dougong_sales_order.entities import Quotation, QuotationState
from dougong_sales_order.permissions import QUOTE

quotation_workflow = Workflow(
    Quotation, Quotation.state, final=[QuotationState.ACCEPTED, QuotationState.SUPERSEDED]
)


@quotation_workflow.step(QuotationState.DRAFT, to=QuotationState.SENT, needs=QUOTE)
def send(quotation: Quotation, ctx: Context) -> None:
    """Offer it to the customer; from now on it holds as it is."""
    quotation.sent_on = ctx.now.date()


@quotation_workflow.step(QuotationState.SENT, to=QuotationState.ACCEPTED, needs=QUOTE)
def accept(quotation: Quotation, ctx: Context) -> None:
    """The customer said yes: an order with the same lines and prices is drafted (S01, S25)."""
    quotation.answered_on = ctx.now.date()
    draft_order(quotation, ctx)


@quotation_workflow.step(QuotationState.SENT, to=QuotationState.DECLINED, needs=QUOTE, reason=True)
def decline(quotation: Quotation, ctx: Context, *, reason: str) -> None:
    """The customer said no; say why."""
    quotation.answered_on, quotation.decline_reason = ctx.now.date(), reason


@quotation_workflow.step(QuotationState.SENT, to=QuotationState.EXPIRED, needs=QUOTE)
def expire(quotation: Quotation, ctx: Context) -> None:
    """Nobody answered in time; done by itself every hour (S25)."""


@quotation_workflow.step(
    *(QuotationState.SENT, QuotationState.DECLINED, QuotationState.EXPIRED),
    to=QuotationState.SUPERSEDED,
    needs=QUOTE,
)
def supersede(quotation: Quotation, ctx: Context) -> None:
    """A revision takes its place; done by itself when it is revised."""
