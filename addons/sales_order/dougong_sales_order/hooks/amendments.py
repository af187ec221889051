"""What an amendment may be about, and what becomes of it once it was proposed."""

from typing import Any

from dougong import Context, Invalid, Refused, WrongState, before, guard
from dougong_sales_order.entities import (
    Amendment,
    AmendmentLine,
    AmendmentState,
    Contract,
    ContractState,
)
from dougong_sales_order.workflows import adopt, countersign, propose

AMENDED = (ContractState.SIGNED, ContractState.ACTIVE)
OPEN = (AmendmentState.DRAFT, AmendmentState.IN_REVIEW, AmendmentState.APPROVED)
SAID = ("line", "product", "quantity", "unit_price", "note", "ended")


@before(Amendment.create)
def amend_what_was_signed(amendment: Amendment, ctx: Context) -> None:
    """One amendment at a time, of a contract that holds; it begins with what holds now."""
    contract = amendment.contract
    ctx.lock(contract)
    if over := _is_over(contract):
        raise over
    if ctx.find(Amendment, Amendment.contract == contract, Amendment.state.in_(OPEN)):
        raise Refused("amended_already", at="contract", number=contract.number)
    _check_currency(amendment, amendment.amount)
    amendment.amount = amendment.amount or contract.amount
    amendment.ends_on = amendment.ends_on or contract.ends_on
    amendment.terms = amendment.terms or contract.terms


@guard(Amendment.update)
def change_draft_amendments_only(amendment: Amendment, ctx: Context) -> Refused | None:
    """What was handed in is what is approved."""
    return _was_proposed(amendment)


@before(Amendment.update, form=True)
def keep_the_contract(amendment: Amendment, ctx: Context, **form: Any) -> None:
    """An amendment is one of its contract, in its currency."""
    contract = amendment.contract
    if form.get("contract", contract) is not contract:
        raise Invalid("part_stays", at="contract", number=contract.number)
    _check_currency(amendment, form.get("amount"))


@guard(Amendment.delete)
def delete_draft_amendments_only(amendment: Amendment, ctx: Context) -> Refused | None:
    """What others have seen is dropped, not deleted."""
    return _was_proposed(amendment)


# Its lines ----------------------------------------------------------------------------------


@before(AmendmentLine.create)
def amend_a_line_of_the_contract(change: AmendmentLine, ctx: Context) -> None:
    """It adds one product, or changes or ends one line of the contract that still holds."""
    ctx.hold(Amendment, Amendment.id == change.amendment.id)
    if over := _was_proposed(change.amendment):
        raise over
    _check_change(change, {name: getattr(change, name) for name in SAID})


@guard(AmendmentLine.update, loads=(AmendmentLine.amendment,))
def change_lines_of_draft_amendments_only(change: AmendmentLine, ctx: Context) -> Refused | None:
    """What was handed in is what is approved."""
    return _was_proposed(change.amendment)


@before(AmendmentLine.update, form=True)
def keep_amending_a_line_of_the_contract(change: AmendmentLine, ctx: Context, **form: Any) -> None:
    """What it will say is as right as what it said."""
    if form.get("amendment", change.amendment) is not change.amendment:
        raise Invalid("change_stays", at="amendment")
    _check_change(change, {name: form.get(name, getattr(change, name)) for name in SAID})


@guard(AmendmentLine.delete, loads=(AmendmentLine.amendment,))
def delete_lines_of_draft_amendments_only(change: AmendmentLine, ctx: Context) -> Refused | None:
    """What was handed in is what is approved."""
    return _was_proposed(change.amendment)


def _check_change(change: AmendmentLine, said: dict[str, Any]) -> None:
    contract, line = change.amendment.contract, said["line"]
    if line is None:
        if said["ended"]:
            raise Invalid("line_to_end_missing", at="line", number=contract.number)
        for name in ("product", "quantity", "unit_price"):
            if said[name] is None:
                raise Invalid("added_line_incomplete", at=name, number=contract.number)
        return
    if line.contract is not contract:
        raise Invalid("line_of_another", at="line", number=contract.number)
    if line.ended_on is not None:
        raise Refused("line_has_ended", at="line", number=contract.number, on=line.ended_on)
    if said["product"] not in (None, line.product):
        raise Invalid("line_keeps_product", at="product", product=line.product.name)
    changed = any(said[name] is not None for name in ("quantity", "unit_price", "note"))
    if said["ended"] and changed:
        raise Invalid("ended_and_changed", at="ended")
    if not said["ended"] and not changed:
        raise Invalid("line_unchanged", at="line")


# Its steps ----------------------------------------------------------------------------------


@guard(propose, loads=(Amendment.contract, Amendment.lines))
def propose_a_change(amendment: Amendment, ctx: Context) -> Refused | None:
    """There is something to decide, about a contract that still holds."""
    contract = amendment.contract
    if over := _is_over(contract):
        return over
    if amendment.ends_on is not None and amendment.ends_on < contract.starts_on:
        return Refused("ends_before_it_starts", at="ends_on", on=contract.starts_on)
    now = (contract.amount, contract.ends_on, contract.terms)
    then = (amendment.amount, amendment.ends_on, amendment.terms)
    if now == then and not amendment.lines:
        return Refused("nothing_amended", number=contract.number)
    return None


@guard(adopt, loads=(Amendment.contract,))
def adopt_what_can_be_amended(amendment: Amendment, ctx: Context) -> Refused | None:
    """What was called off meanwhile is not changed any more."""
    return _is_over(amendment.contract)


@guard(countersign, loads=(Amendment.contract,))
def sign_what_can_be_amended(amendment: Amendment, ctx: Context) -> Refused | None:
    """So it is when both sides have signed."""
    return _is_over(amendment.contract)


def _check_currency(amendment: Amendment, amount: Any) -> None:
    currency = amendment.contract.amount.currency
    if amount is not None and amount.currency != currency:
        raise Invalid("currency_of_contract", at="amount", currency=currency)


def _is_over(contract: Contract) -> Refused | None:
    if contract.state in AMENDED:
        return None
    return WrongState("not_amended", number=contract.number, state=contract.state)


def _was_proposed(amendment: Amendment) -> Refused | None:
    if amendment.state is AmendmentState.DRAFT:
        return None
    return WrongState("amendment_is_fixed", state=amendment.state)
