"""How a contract goes: draft → review → approved → signed → active → ended; and its amendments."""

from datetime import date
from decimal import Decimal

from dougong import Context, File, Invalid, Limit, Money, User, Workflow
from dougong_sales_order.entities import Amendment, AmendmentState, Contract, ContractState
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
amendment_workflow = Workflow(
    Amendment, Amendment.state, final=[AmendmentState.IN_FORCE, AmendmentState.DROPPED]
)


def worth(contract: Contract) -> Money:
    """What a contract comes to."""
    return contract.amount


def worth_then(amendment: Amendment) -> Money | None:
    """What the contract comes to with an amendment."""
    return amendment.amount


# Contracts ----------------------------------------------------------------------------------


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
    for at, day in (("us", signed_by_us_on), ("customer", signed_by_customer_on)):
        if day > ctx.now.date():
            raise Invalid("signed_in_the_future", at=f"signed_by_{at}_on", on=day)
    if not signed_by_customer.strip():
        raise Invalid("signer_missing", at="signed_by_customer")
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


# Amendments ---------------------------------------------------------------------------------


@amendment_workflow.step(AmendmentState.DRAFT, to=AmendmentState.IN_REVIEW, needs=NEGOTIATE)
def propose(amendment: Amendment, ctx: Context) -> None:
    """Have the amendment reviewed, as the contract was."""


@amendment_workflow.step(
    AmendmentState.IN_REVIEW,
    to=AmendmentState.IN_FORCE,
    needs=REVIEW_CONTRACTS,
    not_by=(propose,),
    limit=Limit(worth_then, up_to=LARGE, above=REVIEW_LARGE_CONTRACTS),
)
def adopt(amendment: Amendment, ctx: Context) -> None:
    """Approve it: the contract is changed, and the amendment keeps what it was before (S02)."""
    contract = amendment.contract
    amendment.amount_before, amendment.terms_before = contract.amount.amount, contract.terms
    amendment.ends_on_before, amendment.in_force_on = contract.ends_on, ctx.now.date()
    if amendment.amount is not None:
        contract.amount = amendment.amount
    contract.ends_on, contract.terms = amendment.ends_on, amendment.terms


@amendment_workflow.step(
    AmendmentState.IN_REVIEW, to=AmendmentState.DRAFT, needs=REVIEW_CONTRACTS, reason=True
)
def rework(amendment: Amendment, ctx: Context, *, reason: str) -> None:
    """Give the amendment back to be corrected; say what is wrong with it."""
    amendment.sent_back_reason = reason


@amendment_workflow.step(
    *(AmendmentState.DRAFT, AmendmentState.IN_REVIEW),
    to=AmendmentState.DROPPED,
    needs=NEGOTIATE,
)
def drop(amendment: Amendment, ctx: Context) -> None:
    """Want it no longer; the contract stays as it is."""
