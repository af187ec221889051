"""What others think that deals are worth: guarded fields of another add-on's records."""

from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Extension, Permission, Role, all_rows, guarded, update
from dougong_vault import Deal

APPRAISE = Permission("appraisal.appraise", "See and say what deals are worth.")


class Appraisal(Extension[Deal], searchable=("words",)):
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
