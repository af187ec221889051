"""That a contract is not signed before somebody has looked at it for intellectual property."""

from dougong import Context, Forbidden, Money, Refused, WrongState, after, guard
from dougong_ip_compliance.with_sales_order.actions import review_rights
from dougong_ip_compliance.with_sales_order.entities import ContractRights, RightsVerdict
from dougong_ip_compliance.with_sales_order.requiring import ip_review_required
from dougong_sales_order import (
    Amendment,
    AmendmentState,
    Contract,
    ContractState,
    adopt,
    propose,
    send_back,
    sign,
)

REVIEWED = (ContractState.IN_REVIEW, ContractState.APPROVED)


@guard(review_rights, loads=(Contract.salesperson,))
def look_at_what_does_not_change(contract: Contract, ctx: Context) -> Refused | None:
    """What is looked at was handed in, as a contract or an amendment of it; nobody looks at their own."""
    in_review = (Amendment.contract == contract, Amendment.state == AmendmentState.IN_REVIEW)
    proposed = ctx.find(Amendment, *in_review)
    if contract.state not in REVIEWED and not proposed:
        return WrongState("nothing_to_look_at", number=contract.number, state=contract.state)
    acting = {ctx.principal.user_id, ctx.stood_in_for(review_rights, contract)}
    wrote = [contract.salesperson, contract.created_by, *(one.created_by for one in proposed)]
    if any(one is not None and one.id in acting for one in wrote):
        return Forbidden("own_contract", number=contract.number)
    return None


@guard(sign)
def sign_what_was_looked_at(contract: Contract, ctx: Context) -> Refused | None:
    """A contract that touches rights is cleared before; what was objected to is not signed at all."""
    return _not_cleared(contract, contract.amount, ctx)


@guard(adopt, loads=(Amendment.contract,))
def adopt_what_was_looked_at(amendment: Amendment, ctx: Context) -> Refused | None:
    """So it is with what a contract becomes by an amendment."""
    ctx.lock(amendment.contract)
    return _not_cleared(amendment.contract, amendment.amount, ctx)


def _not_cleared(contract: Contract, amount: Money | None, ctx: Context) -> Refused | None:
    verdict = ContractRights.of(contract).rights_verdict
    if verdict is RightsVerdict.OBJECTED:
        return Refused("rights_objected", number=contract.number)
    if verdict is None and ip_review_required(contract, ctx, amount):
        return Refused("rights_not_reviewed", number=contract.number)
    return None


@after(send_back, form=True)
def look_again_at_what_is_changed(contract: Contract, ctx: Context, *, reason: str) -> None:
    """What was said about a text does not hold for another one."""
    _forget(contract)


@after(propose)
def look_at_what_is_amended(amendment: Amendment, ctx: Context) -> None:
    """Nor does it hold for what the contract is to become."""
    ctx.lock(amendment.contract)
    _forget(amendment.contract)


def _forget(contract: Contract) -> None:
    seen = ContractRights.of(contract)
    seen.rights_verdict = seen.rights_note = None
    seen.rights_reviewed_by = seen.rights_reviewed_at = None
