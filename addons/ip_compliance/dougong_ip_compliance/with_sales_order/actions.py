"""That somebody looks at a contract for intellectual property."""

from dougong import Context, Invalid, action
from dougong_ip_compliance.with_sales_order.entities import ContractRights, RightsVerdict
from dougong_ip_compliance.with_sales_order.permissions import REVIEW_RIGHTS
from dougong_sales_order import Contract


@action(needs=REVIEW_RIGHTS)
def review_rights(
    contract: Contract, ctx: Context, *, verdict: RightsVerdict, note: str
) -> Contract:
    """Say whether a contract may be signed, as far as intellectual property is concerned.

    verdict: Whether it may.
    note: What was seen, or what must be changed.
    """
    if not note.strip():
        raise Invalid("note_missing", at="note")
    seen = ContractRights.of(contract)
    seen.rights_reviewed_by, seen.rights_reviewed_at = ctx.me, ctx.now
    seen.rights_verdict, seen.rights_note = verdict, note.strip()
    return contract
