"""Which fees are due."""

from datetime import date

from sqlalchemy import Date, Select, cast, select

from dougong import Context, report
from dougong_ip_compliance.entities import AssetKind, IpAsset, IpFee
from dougong_ip_compliance.permissions import SEE_FEES

AHEAD = 90
"""So many days."""


@report(needs=SEE_FEES)
def fees_due(
    ctx: Context,
) -> Select[AssetKind, str | None, str, str, date, date | None, str, str]:
    """Fees that are unpaid and due within 90 days, or were before, the earliest first.

    kind: What kind of right it is.
    number: The number of the right.
    title: What it protects.
    fee: What the fee is for.
    due_on: By which day it is paid.
    grace_until: Until when it can still be paid.
    amount: How much it is.
    currency: In which currency.
    """
    return (
        select(
            IpAsset.kind.label("kind"),
            IpAsset.number.label("number"),
            IpAsset.title.label("title"),
            IpFee.name.label("fee"),
            IpFee.due_on.label("due_on"),
            IpFee.grace_until.label("grace_until"),
            getattr(IpFee, "amount_amount").label("amount"),
            getattr(IpFee, "amount_currency").label("currency"),
        )
        .select_from(IpFee)
        .join(IpFee.asset)
        .where(IpFee.paid_on.is_(None), IpFee.due_on <= cast(ctx.now, Date) + AHEAD)
        .order_by(IpFee.due_on, IpFee.id)
    )
