"""Stars for customers, for tests of extensions."""

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Extension
from dougong_shop import Customer


class Rated(Extension[Customer], searchable=("remark",)):
    """What others think of a customer."""

    stars: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many stars."""
    remark: Mapped[str | None] = mapped_column(default=None)
