"""That a contract is not signed before somebody has looked at it for intellectual property."""

from dougong import Context, Forbidden, Refused, WrongState, after, guard
from dougong_ip_compliance.with_sales_order.actions import review_rights
from dougong_ip_compliance.with_sales_order.entities import ContractRights, RightsVerdict
from dougong_ip_compliance.with_sales_order.requiring import ip_review_required
from dougong_sales_order import Contract, ContractState, send_back, sign

REVIEWED = (ContractState.IN_REVIEW, ContractState.APPROVED)


@guard(review_rights)
def look_at_what_does_not_change(contract: Contract, ctx: Context) -> Refused | None:
    """What is looked at was handed in, and is not signed yet; nobody looks at their own contract."""
    if contract.state not in REVIEWED:
        return WrongState("nothing_to_look_at", number=contract.number, state=contract.state)
    acting = {ctx.principal.user_id, ctx.stood_in_for(review_rights, contract)}
    if contract.salesperson is not None and contract.salesperson.id in acting:
        return Forbidden("own_contract", number=contract.number)
    return None


@guard(sign)
def sign_what_was_looked_at(contract: Contract, ctx: Context) -> Refused | None:
    """A contract that touches rights is cleared before; what was objected to is not signed at all."""
    verdict = ContractRights.of(contract).rights_verdict
    if verdict is RightsVerdict.OBJECTED:
        return Refused("rights_objected", number=contract.number)
    if verdict is None and ip_review_required(contract, ctx):
        return Refused("rights_not_reviewed", number=contract.number)
    return None


@after(send_back, form=True)
def look_again_at_what_is_changed(contract: Contract, ctx: Context, *, reason: str) -> None:
    """What was said about a text does not hold for another one."""
    seen = ContractRights.of(contract)
    seen.rights_verdict = seen.rights_note = None
    seen.rights_reviewed_by = seen.rights_reviewed_at = None
