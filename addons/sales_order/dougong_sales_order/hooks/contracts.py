"""What a contract fills in by itself, what it does not let happen, and who may order under it."""

from typing import Any

from dougong import (
    Context,
    File,
    Invalid,
    NumberSeries,
    Refused,
    WrongState,
    before,
    guard,
)
from dougong_party import Party
from dougong_product import digits_of
from dougong_sales_order.entities import (
    Amendment,
    Contract,
    ContractLine,
    ContractState,
    SalesOrder,
)
from dougong_sales_order.workflows import activate, end

CONTRACT_NUMBERS = NumberSeries(
    "sales_order.contract", "What people call contracts.", pattern="C-{n:06}"
)


@before(Contract.create)
def fill_in_a_contract(contract: Contract, ctx: Context) -> None:
    """It has a number, and belongs to whoever drafts it."""
    contract.number = CONTRACT_NUMBERS.next(ctx)
    contract.salesperson = contract.salesperson or ctx.me


@guard(Contract.update)
def change_draft_contracts_only(contract: Contract, ctx: Context) -> Refused | None:
    """What was handed in is what is approved and signed; later it is amended."""
    return _no_draft(contract)


@before(Contract.update, form=True)
def round_as_the_currency_is(contract: Contract, ctx: Context, **form: Any) -> None:
    """In another currency the lines come to amounts with other decimals."""
    currency = form.get("amount", contract.amount).currency
    if currency != contract.amount.currency and contract.lines:
        digits = digits_of(ctx, currency)
        ctx.lock(*contract.lines)
        for line in contract.lines:
            line.currency_digits = digits


@guard(Contract.delete)
def delete_draft_contracts_only(contract: Contract, ctx: Context) -> Refused | None:
    """What others have seen is called off, not deleted."""
    return _no_draft(contract)


@before(ContractLine.create)
def add_to_draft_contracts_only(line: ContractLine, ctx: Context) -> None:
    """What was handed in is what is approved and signed; more is added by amendments."""
    ctx.lock(line.contract)
    line.currency_digits = digits_of(ctx, line.contract.amount.currency)
    if line.added_by is not None:
        return  # nobody but an amendment that is put into force says so
    if over := _no_draft(line.contract):
        raise over


@guard(ContractLine.update, loads=(ContractLine.contract,))
def change_lines_of_draft_contracts_only(line: ContractLine, ctx: Context) -> Refused | None:
    """What was handed in is what is approved and signed."""
    return _no_draft(line.contract)


@before(ContractLine.update, form=True)
def keep_lines_with_their_contract(line: ContractLine, ctx: Context, **form: Any) -> None:
    """A line was agreed in one contract."""
    if form.get("contract", line.contract) is not line.contract:
        raise Invalid("part_stays", at="contract", number=line.contract.number)


@guard(ContractLine.delete, loads=(ContractLine.contract,))
def delete_lines_of_draft_contracts_only(line: ContractLine, ctx: Context) -> Refused | None:
    """What was handed in is what is approved and signed."""
    return _no_draft(line.contract)


@before(File.delete)
def keep_what_was_signed(file: File, ctx: Context) -> None:
    """The file whose hash a contract, or an amendment, has is the proof of what was agreed (S02)."""
    signed: list[Contract] | list[Amendment] = []
    if file.entity == "sales_order.contract":
        kept = (Contract.id == file.number, Contract.signed_sha256 == file.sha256)
        signed = ctx.find(Contract, *kept)
    elif file.entity == "sales_order.amendment":
        held = (Amendment.id == file.number, Amendment.signed_sha256 == file.sha256)
        signed = ctx.find(Amendment, *held)
    if signed:
        raise Refused("file_was_signed", name=file.name)


@guard(activate)
def activate_on_the_first_day(contract: Contract, ctx: Context) -> Refused | None:
    """It holds from its first day on."""
    if contract.starts_on <= ctx.now.date():
        return None
    return Refused("not_begun", number=contract.number, on=contract.starts_on)


@guard(end)
def end_after_the_last_day(contract: Contract, ctx: Context) -> Refused | None:
    """Before its last day a contract is called off, with a reason."""
    if contract.ends_on is not None and contract.ends_on < ctx.now.date():
        return None
    return Refused("not_over", number=contract.number)


# Orders -------------------------------------------------------------------------------------


@before(SalesOrder.create)
def order_under_a_contract(order: SalesOrder, ctx: Context) -> None:
    """A contract lets its own customer order while it is in force."""
    _check_order(order.contract, order.customer, ctx)


@before(SalesOrder.update, form=True)
def order_under_another_contract(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """So it is when the contract, or the customer, is another one."""
    if {"contract", "customer"} & form.keys():
        contract = form.get("contract", order.contract)
        _check_order(contract, form.get("customer", order.customer), ctx)


def _check_order(contract: Contract | None, customer: Party, ctx: Context) -> None:
    if contract is None:
        return
    ctx.lock(contract)
    if contract.state is not ContractState.ACTIVE:
        raise WrongState(
            "not_in_force", at="contract", number=contract.number, state=contract.state
        )
    if contract.customer is not customer:
        raise Invalid("contract_of_another", at="contract", number=contract.number)


def _no_draft(contract: Contract) -> Refused | None:
    if contract.state is ContractState.DRAFT:
        return None
    return WrongState("contract_is_fixed", number=contract.number, state=contract.state)
