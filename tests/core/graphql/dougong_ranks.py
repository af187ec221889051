"""Ranks for items, for tests of paging by an extension's fields."""

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Extension
from dougong_depot import Item


class Ranked(Extension[Item]):
    """How an item ranks."""

    rank: Mapped[int] = mapped_column(default=0, server_default="0")
    remark: Mapped[str | None] = mapped_column(default=None)
