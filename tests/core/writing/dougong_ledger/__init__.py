"""A ledger: invoices with numbers, drafts with gaps and posted ones without."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Context, Entity, NumberSeries, Permission, Unit, Workflow, before, link

POST = Permission("ledger.post", "Post invoices.")
DRAFTS = NumberSeries("ledger.draft", "Drafts of invoices.", pattern="D{year}{month}-{n:03}")
INVOICES = NumberSeries(
    "ledger.invoice", "Posted invoices.", pattern="INV-{year}-{unit}-{n:05}", gapless=True
)
plugged: dict[str, object] = {}


class InvoiceState(StrEnum):
    """How far an invoice has come."""

    DRAFT = "DRAFT"
    POSTED = "POSTED"


class Invoice(Entity):
    """What somebody owes."""

    draft_number: Mapped[str | None] = mapped_column(default=None, unique=True)
    """What the draft is called by."""
    number: Mapped[str | None] = mapped_column(default=None, unique=True, init=False)
    """What it is called by once it is posted."""
    unit: Mapped[Unit | None] = link(default=None)
    """Who is owed."""
    state: Mapped[InvoiceState] = mapped_column(default=InvoiceState.DRAFT)
    """How far it has come."""


invoice_workflow = Workflow(Invoice, Invoice.state, final=[InvoiceState.POSTED])


@before(Invoice.create)
def number_the_draft(invoice: Invoice, ctx: Context) -> None:
    """Drafts have a number from the beginning."""
    invoice.draft_number = DRAFTS.next(ctx)


@invoice_workflow.step(InvoiceState.DRAFT, to=InvoiceState.POSTED, needs=POST)
def post(invoice: Invoice, ctx: Context) -> None:
    """Make it count."""
    invoice.number = INVOICES.next(ctx, unit=invoice.unit)
    ctx.session.flush()
    fail = plugged.get("post")
    if callable(fail):
        fail(invoice)
