"""How a contract goes: draft → review → approved → signed → active → ended."""

from datetime import date
from decimal import Decimal

from dougong import Context, File, Invalid, Limit, Money, User, Workflow
from dougong_sales_order.entities import Contract, ContractState
from dougong_sales_order.permissions import (
    NEGOTIATE,
    REVIEW_CONTRACTS,
    REVIEW_LARGE_CONTRACTS,
    VOID_CONTRACTS,
)

LARGE = [
    *(Money(Decimal(50_000), "EUR"), Money(Decimal(50_000), "USD")),
    Money(Decimal(400_000), "CNY"),
]
"""Up to here whoever reviews contracts approves them; `changeStep` sets other amounts."""

contract_workflow = Workflow(
    Contract, Contract.state, final=[ContractState.ENDED, ContractState.VOIDED]
)


def worth(contract: Contract) -> Money:
    """What a contract comes to: what it says, or its lines where these come to more."""
    return max(contract.amount, Money(contract.goods, contract.amount.currency), key=_amount)


def _amount(money: Money) -> Decimal:
    return money.amount


def check_signed(ctx: Context, by_us_on: date, by_customer: str, by_customer_on: date) -> None:
    """Raise Invalid unless both sides have signed by now, and somebody did for the customer."""
    for at, day in (("us", by_us_on), ("customer", by_customer_on)):
        if day > ctx.now.date():
            raise Invalid("signed_in_the_future", at=f"signed_by_{at}_on", on=day)
    if not by_customer.strip():
        raise Invalid("signer_missing", at="signed_by_customer")


@contract_workflow.step(ContractState.DRAFT, to=ContractState.IN_REVIEW, needs=NEGOTIATE)
def hand_in(contract: Contract, ctx: Context) -> None:
    """Have the contract reviewed; from now on nobody changes it (S02)."""


@contract_workflow.step(
    ContractState.IN_REVIEW,
    to=ContractState.APPROVED,
    needs=REVIEW_CONTRACTS,
    not_by=(hand_in,),
    limit=Limit(worth, up_to=LARGE, above=REVIEW_LARGE_CONTRACTS),
)
def endorse(contract: Contract, ctx: Context) -> None:
    """Say that we may sign it; never by whoever handed it in (S02)."""


@contract_workflow.step(
    ContractState.IN_REVIEW,
    ContractState.APPROVED,
    to=ContractState.DRAFT,
    needs=REVIEW_CONTRACTS,
    reason=True,
)
def send_back(contract: Contract, ctx: Context, *, reason: str) -> None:
    """Give the contract back to be corrected; say what is wrong with it."""
    contract.sent_back_reason = reason


@contract_workflow.step(ContractState.APPROVED, to=ContractState.SIGNED, needs=NEGOTIATE)
def sign(
    contract: Contract,
    ctx: Context,
    *,
    file: File,
    signed_by_us: User,
    signed_by_us_on: date,
    signed_by_customer: str,
    signed_by_customer_on: date,
) -> None:
    """Record that both sides have signed, with the file that they signed (S02).

    file: The signed contract, which was uploaded to this record.
    signed_by_us: Who signed for us.
    signed_by_us_on: When.
    signed_by_customer: Who signed for the customer.
    signed_by_customer_on: When.
    """
    if file.record != f"Contract:{contract.id}":
        raise Invalid("file_of_another", at="file", number=contract.number)
    check_signed(ctx, signed_by_us_on, signed_by_customer, signed_by_customer_on)
    contract.signed_by_us, contract.signed_by_us_on = signed_by_us, signed_by_us_on
    contract.signed_by_customer = signed_by_customer.strip()
    contract.signed_by_customer_on = signed_by_customer_on
    contract.signed_sha256 = file.sha256


@contract_workflow.step(ContractState.SIGNED, to=ContractState.ACTIVE, needs=NEGOTIATE)
def activate(contract: Contract, ctx: Context) -> None:
    """Put the contract into force: orders can be made under it (S02)."""


@contract_workflow.step(ContractState.ACTIVE, to=ContractState.ENDED, needs=NEGOTIATE)
def end(contract: Contract, ctx: Context) -> None:
    """Its last day is over; done by itself every hour (S02)."""


@contract_workflow.step(
    *(ContractState.DRAFT, ContractState.IN_REVIEW, ContractState.APPROVED),
    *(ContractState.SIGNED, ContractState.ACTIVE),
    to=ContractState.VOIDED,
    needs=VOID_CONTRACTS,
    reason=True,
)
def void(contract: Contract, ctx: Context, *, reason: str) -> None:
    """Call the contract off; say why (S02)."""
    contract.void_reason = reason
