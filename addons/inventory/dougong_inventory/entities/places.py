"""Where goods can be: warehouses, and the tree of places in them and around them."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, link


class LocationKind(StrEnum):
    """What a place is: our shelves, a stop on the way, or where goods come from and go to."""

    STOCK = "STOCK"
    INPUT = "INPUT"
    OUTPUT = "OUTPUT"
    QUARANTINE = "QUARANTINE"
    TRANSIT = "TRANSIT"
    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    ADJUSTMENT = "ADJUSTMENT"
    GIFT = "GIFT"
    SCRAP = "SCRAP"
    VIEW = "VIEW"


class BackorderPolicy(StrEnum):
    """What becomes of the rest when a part is shipped."""

    ASK = "ASK"
    ALWAYS = "ALWAYS"
    NEVER = "NEVER"


class Warehouse(Entity, translatable=("name",)):
    """A building that goods are kept in."""

    __table_args__ = (CheckConstraint("over_receipt between 0 and 1", name="over_receipt"),)

    name: Mapped[str]
    """What people call it."""
    code: Mapped[str] = mapped_column(unique=True)
    """A short code that no other warehouse has."""
    unit: Mapped[Unit | None] = link(default=None, reverse="warehouses")
    """The store or department that keeps it; its people see what is theirs."""
    one_step_transfers: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether goods may go to other warehouses without being in transit."""
    second_check: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether somebody else checks what was picked before it is packed."""
    backorders: Mapped[BackorderPolicy] = mapped_column(
        default=BackorderPolicy.ASK, server_default="ASK"
    )
    """What becomes of the rest when only a part is shipped or arrives."""
    over_receipt: Mapped[Decimal] = mapped_column(
        Numeric(5, 4), default=Decimal(0), server_default="0"
    )
    """How much more than was expected may arrive: 0.05 is five per cent."""


class Location(Entity, translatable=("name",)):
    """A place that goods move from and to."""

    __table_args__ = (CheckConstraint("parent_id <> id", name="parent"),)

    name: Mapped[str]
    """What people call it."""
    code: Mapped[str] = mapped_column(unique=True)
    """A short code that no other location has."""
    kind: Mapped[LocationKind] = mapped_column(default=LocationKind.STOCK)
    """Stock alone is ours to promise; a view holds nothing itself."""
    warehouse: Mapped[Warehouse | None] = link(default=None)
    """The building that the place is in."""
    parent: Mapped["Location | None"] = link(default=None, reverse="children")
    """The larger place that it is part of: the aisle of a shelf."""
    negative_allowed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether more may be taken from stock than the books say is there."""
