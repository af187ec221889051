"""What an organisation changes in the steps of its add-ons."""

from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong.entity.base import Entity


class StepSetting(Entity, by_hand=False):
    """One version of what this organisation has set for a step; the last one holds for new records.

    It is never changed: who sets something anew makes the next version.
    """

    step: Mapped[str] = mapped_column(index=True)
    """The step: `sales_order.approve`."""
    switched_off: Mapped[bool] = mapped_column(default=False)
    """Whether nobody does it any more."""
    needs: Mapped[str | None] = mapped_column(default=None)
    """A permission or a role that it takes besides its own permission."""
    up_to: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """The amounts, by currency, up to which it takes no more; the shipped ones where it is null."""
    reason: Mapped[str]
    """Why it was set."""

    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("jsonb_typeof(up_to) = 'object'", name="up_to"),
    )
