"""What is remembered of a report: its question, whose it is, and with whom it is shared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dougong.access.users import User
from dougong.entity.base import Entity
from dougong.entity.fields import link


class SavedReport(Entity):
    """Statistics of one kind of records that somebody wants to see again.

    It keeps the question, never the answer: whoever asks it is answered by what they may see then.
    """

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", name="name"),
        CheckConstraint("first > 0", name="first"),
        UniqueConstraint("owner_id", "name"),
    )

    name: Mapped[str]
    """What people call the report."""
    description: Mapped[str | None] = mapped_column(default=None)
    """What it is for."""
    owner: Mapped[User | None] = link(default=None, on_delete="SET NULL", reverse="savedReports")
    """Whose report it is; whoever saves it unless an administrator says otherwise."""
    entity: Mapped[str]
    """Which records it is about: `SalesOrder`."""
    where: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    """Which of them, as `salesOrderStats(where:)` takes it; all without it."""
    group_by: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True), default=None)
    """What a group has in common, as `salesOrderStats(groupBy:)` takes it."""
    measures: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True), default=None)
    """What is found out about each group, as `salesOrderStats(measures:)` takes it."""
    order_by: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True), default=None)
    """In which order the groups come, as `salesOrderStats(orderBy:)` takes it."""
    first: Mapped[int | None] = mapped_column(default=None)
    """How many groups at most; all without it."""
    shared_with_role: Mapped[str | None] = mapped_column(default=None)
    """The role whose holders see the report too: `sales_order.manager`."""
    shared_with_all: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether everybody who has signed in sees the report."""
