"""What an amendment does to its contract, and what it keeps of what was there before."""

from datetime import date

from dougong import Context
from dougong_sales_order.entities import Amendment, AmendmentLine, ContractLine


def put_into_force(amendment: Amendment, ctx: Context) -> None:
    """Change the contract and its lines as was agreed; the contract is locked already (S02)."""
    contract, today = amendment.contract, ctx.now.date()
    amendment.amount_before, amendment.terms_before = contract.amount.amount, contract.terms
    amendment.ends_on_before, amendment.in_force_on = contract.ends_on, today
    if amendment.amount is not None:
        contract.amount = amendment.amount
    contract.ends_on, contract.terms = amendment.ends_on, amendment.terms
    changes = ctx.find(AmendmentLine, AmendmentLine.amendment == amendment)
    ctx.lock(*changes, *(one.line for one in changes if one.line is not None))
    for change in changes:
        if change.line is None:
            _add(change, amendment, ctx)
        else:
            _change(change, change.line, today)
    ctx.session.flush()


def _add(change: AmendmentLine, amendment: Amendment, ctx: Context) -> None:
    """One more product is agreed on."""
    assert change.product is not None
    assert change.quantity is not None
    assert change.unit_price is not None
    line = ContractLine(
        contract=amendment.contract,
        product=change.product,
        quantity=change.quantity,
        unit_price=change.unit_price,
        note=change.note,
    )
    line.added_by = amendment
    change.line = ctx.create(line)


def _change(change: AmendmentLine, line: ContractLine, today: date) -> None:
    """A line is agreed on in another quantity or at another price, or no longer."""
    change.quantity_before, change.unit_price_before = line.quantity, line.unit_price
    change.note_before = line.note
    if change.ended:
        line.ended_on = today
    if change.quantity is not None:
        line.quantity = change.quantity
    if change.unit_price is not None:
        line.unit_price = change.unit_price
    if change.note is not None:
        line.note = change.note
