"""What others think that deals are worth: guarded fields of another add-on's records, and offers."""

from decimal import Decimal

from sqlalchemy import Numeric, select
from sqlalchemy.orm import Mapped, mapped_column

from dougong import (
    Context,
    Entity,
    Extension,
    Permission,
    Role,
    all_rows,
    change,
    guarded,
    link,
    own,
    query,
    read,
    update,
)
from dougong_vault import Deal

APPRAISE = Permission("appraisal.appraise", "See and say what deals are worth.")


class Appraisal(Extension[Deal], searchable=("words",), translatable=("words",)):
    """What somebody says of a deal."""

    worth_to_us: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 2), default=None, info=guarded(read=APPRAISE)
    )
    """The amount."""
    words: Mapped[str | None] = mapped_column(default=None, info=guarded(read=APPRAISE))
    """Why."""


APPRAISER = Role(
    "appraisal.appraiser",
    "Appraises all deals.",
    grants=[APPRAISE, update(Appraisal)],
    rows=[all_rows(Deal)],
)


BROKE = Permission("appraisal.broke", "Ask what offers are for.")


class Offer(Entity):
    """What somebody would give for a deal."""

    number: Mapped[str] = mapped_column(unique=True)
    """What it is called by."""
    deal: Mapped[Deal | None] = link(default=None)
    """The deal."""
    amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 2), default=None)
    """How much."""


@query(needs=BROKE)
def offers_for_deals(ctx: Context) -> list[str]:
    """The numbers of the offers that are for a deal."""
    found = select(Offer).join(Offer.deal).order_by(Offer.id)
    return [one.number for one in ctx.session.scalars(found)]


BROKER = Role(
    "appraisal.broker",
    "Keeps all offers, and sees own deals.",
    grants=[BROKE, *change(Offer), read(Deal)],
    rows=[all_rows(Offer), own(Deal.owner)],
)
