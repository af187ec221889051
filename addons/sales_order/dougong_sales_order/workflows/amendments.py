"""How a contract is amended: draft → review → approved → signed by both sides, and in force."""

from datetime import date
from decimal import Decimal

from dougong import Context, File, Invalid, Limit, Money, User, Workflow
from dougong_product import rounded
from dougong_sales_order.amending import put_into_force
from dougong_sales_order.entities import Amendment, AmendmentState
from dougong_sales_order.permissions import NEGOTIATE, REVIEW_CONTRACTS, REVIEW_LARGE_CONTRACTS
from dougong_sales_order.workflows.contracts import LARGE, check_signed

amendment_workflow = Workflow(
    Amendment, Amendment.state, final=[AmendmentState.IN_FORCE, AmendmentState.DROPPED]
)


def worth_then(amendment: Amendment) -> Money | None:
    """What the contract comes to with an amendment: what it says, or its lines where they are more."""
    if amendment.amount is None:
        return None
    lines: dict[int, tuple[Decimal | None, Decimal | None]] = {
        line.id: (line.quantity, line.unit_price)
        for line in amendment.contract.lines
        if line.ended_on is None
    }
    for number, change in enumerate(amendment.lines):
        known = change.line.id if change.line else -number - 1
        quantity, price = lines.get(known, (None, None))
        quantity, price = change.quantity or quantity, change.unit_price or price
        lines[known] = (Decimal(0) if change.ended else quantity, price)
    none, digits = (
        Decimal(0),
        max((one.currency_digits for one in amendment.contract.lines), default=2),
    )
    goods = sum((rounded((q or none) * (p or none), digits) for q, p in lines.values()), none)
    return Money(max(amendment.amount.amount, goods), amendment.amount.currency)


@amendment_workflow.step(AmendmentState.DRAFT, to=AmendmentState.IN_REVIEW, needs=NEGOTIATE)
def propose(amendment: Amendment, ctx: Context) -> None:
    """Have the amendment reviewed, as the contract was (S02)."""


@amendment_workflow.step(
    AmendmentState.IN_REVIEW,
    to=AmendmentState.APPROVED,
    needs=REVIEW_CONTRACTS,
    not_by=(propose,),
    limit=Limit(worth_then, up_to=LARGE, above=REVIEW_LARGE_CONTRACTS),
)
def adopt(amendment: Amendment, ctx: Context) -> None:
    """Say that we may sign it; never by whoever proposed it (S02)."""


@amendment_workflow.step(AmendmentState.APPROVED, to=AmendmentState.IN_FORCE, needs=NEGOTIATE)
def countersign(
    amendment: Amendment,
    ctx: Context,
    *,
    file: File,
    signed_by_us: User,
    signed_by_us_on: date,
    signed_by_customer: str,
    signed_by_customer_on: date,
) -> None:
    """Record that both sides have signed it, with the file: the contract is changed (S02).

    file: The signed amendment, which was uploaded to this record.
    signed_by_us: Who signed for us.
    signed_by_us_on: When.
    signed_by_customer: Who signed for the customer.
    signed_by_customer_on: When.
    """
    if file.record != f"Amendment:{amendment.id}":
        raise Invalid("file_of_other_amendment", at="file")
    check_signed(ctx, signed_by_us_on, signed_by_customer, signed_by_customer_on)
    amendment.signed_by_us, amendment.signed_by_us_on = signed_by_us, signed_by_us_on
    amendment.signed_by_customer = signed_by_customer.strip()
    amendment.signed_by_customer_on = signed_by_customer_on
    amendment.signed_sha256 = file.sha256
    put_into_force(amendment, ctx)


@amendment_workflow.step(
    *(AmendmentState.IN_REVIEW, AmendmentState.APPROVED),
    to=AmendmentState.DRAFT,
    needs=REVIEW_CONTRACTS,
    reason=True,
)
def rework(amendment: Amendment, ctx: Context, *, reason: str) -> None:
    """Give the amendment back to be corrected; say what is wrong with it."""
    amendment.sent_back_reason = reason


@amendment_workflow.step(
    *(AmendmentState.DRAFT, AmendmentState.IN_REVIEW, AmendmentState.APPROVED),
    to=AmendmentState.DROPPED,
    needs=NEGOTIATE,
)
def drop(amendment: Amendment, ctx: Context) -> None:
    """Want it no longer; the contract stays as it is."""
