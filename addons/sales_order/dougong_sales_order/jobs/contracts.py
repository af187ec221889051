"""Contracts whose last day is over end by themselves."""

from sqlalchemy import select

from dougong import Context, every
from dougong_sales_order.entities import Contract, ContractState
from dougong_sales_order.workflows import end

AT_ONCE = 500
"""So many in one transaction; the others an hour later."""


@every("12 * * * *")
def end_contracts(ctx: Context) -> None:
    """End those whose last day is over (S02)."""
    over = (Contract.state == ContractState.ACTIVE, Contract.ends_on < ctx.now.date())
    first = select(Contract.id).where(*over).order_by(Contract.id).limit(AT_ONCE)
    for contract in ctx.hold(Contract, *over, Contract.id.in_(first)):
        end(contract, ctx)
