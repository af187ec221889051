"""Whether a contract is looked at for intellectual property before it is signed."""

from dougong import Context, Money
from dougong_ip_compliance.with_sales_order.entities import ContractRights, RightsReviewRule
from dougong_sales_order import Contract


def ip_review_required(contract: Contract, ctx: Context, amount: Money | None = None) -> bool:
    """Whether somebody must look at it: it is said to touch rights, or comes to as much as a rule says (§3.3).

    amount: What it comes to with an amendment; what it comes to today unless given.
    """
    return ContractRights.of(contract).touches_rights or is_large(amount or contract.amount, ctx)


def is_large(amount: Money, ctx: Context) -> bool:
    """Whether a rule says that contracts of this amount are looked at; there is one for each currency."""
    rules = (one.amount for one in ctx.find(RightsReviewRule))
    return any(one.currency == amount.currency and amount.amount >= one.amount for one in rules)
