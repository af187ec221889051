"""What is remembered of numbers: how far each series has counted, and how its numbers look."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.registry import registry_of

number_counter = Table(
    "number_counter",
    registry_of(CORE).metadata,
    Column("series", Text, primary_key=True),
    Column("frame", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    CheckConstraint("last >= 0", name="last"),
)
"""The last number that was drawn, by what stands around it (`SO-2026-{n}`); it outlives add-ons."""


class NumberPattern(Entity, by_hand=False):
    """How the numbers of a series look from now on, as this company wants them.

    It is never changed: who wants another makes the next one.
    """

    series: Mapped[str] = mapped_column(index=True)
    """The series: `sales_order.order`."""
    pattern: Mapped[str]
    """What its numbers look like: `SO-{year}-{n:05}`."""
    reason: Mapped[str]
    """Why it was changed."""

    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)
