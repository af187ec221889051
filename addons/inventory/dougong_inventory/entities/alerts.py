"""How much of a product a warehouse is to have, and what is said when it has not."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link
from dougong_inventory.entities.places import Warehouse
from dougong_product import Product


class Rounding(StrEnum):
    """How a quantity becomes a multiple."""

    UP = "UP"
    DOWN = "DOWN"


class AlertKind(StrEnum):
    """What is wrong with what a warehouse has of a product."""

    LOW = "LOW"
    OUT = "OUT"
    OVER = "OVER"
    EXPIRING = "EXPIRING"
    AGEING = "AGEING"
    NEGATIVE = "NEGATIVE"


class ReplenishmentRule(Entity):
    """How much of a product a warehouse is to have, and from where it is refilled (I16)."""

    __table_args__ = (
        UniqueConstraint("product_id", "warehouse_id"),
        CheckConstraint("minimum >= 0", name="minimum"),
        CheckConstraint("target >= minimum", name="target"),
        CheckConstraint("maximum >= target", name="maximum"),
        CheckConstraint("multiple > 0", name="multiple"),
        CheckConstraint("lead_days >= 0", name="lead_days"),
        CheckConstraint("source_id <> warehouse_id", name="source"),
        CheckConstraint("expiring_days >= 0", name="expiring_days"),
        CheckConstraint("ageing_days > 0", name="ageing_days"),
    )

    product: Mapped[Product] = link()
    """What is kept."""
    warehouse: Mapped[Warehouse] = link(reverse="replenishmentRules")
    """Where it is kept."""
    minimum: Mapped[Quantity]
    """With less than this to spare, it is low."""
    target: Mapped[Quantity]
    """How much there is to be once it is refilled."""
    maximum: Mapped[Quantity | None] = mapped_column(default=None)
    """With more than this it is too much; without one nothing is."""
    multiple: Mapped[Quantity] = mapped_column(default=Decimal(1))
    """It comes in multiples of this: a box of six."""
    rounding: Mapped[Rounding] = mapped_column(default=Rounding.UP)
    """Whether a box more or less is ordered than what is missing."""
    lead_days: Mapped[int] = mapped_column(default=0)
    """How many days it takes from the order until it is there."""
    source: Mapped[Warehouse | None] = link(default=None, reverse="-")
    """The warehouse that it comes from; without one, the one that supplies the store."""
    expiring_days: Mapped[int] = mapped_column(default=30)
    """So many days before a lot expires it is said."""
    ageing_days: Mapped[int | None] = mapped_column(default=None)
    """After so many days on the shelf goods are old; without a number they never are."""


class StockAlert(Entity, by_hand=False):
    """That a warehouse has too little, too much, or something too old of a product (I15)."""

    __table_args__ = (
        Index(
            "ix_stock_alert_open",
            "rule_id",
            "kind",
            unique=True,
            postgresql_where=text("closed_at is null"),
        ),
    )

    rule: Mapped[ReplenishmentRule] = link(on_delete="CASCADE", reverse="alerts")
    """The rule that is not kept."""
    kind: Mapped[AlertKind] = mapped_column(index=True)
    """What is wrong."""
    quantity: Mapped[Quantity]
    """How much there was to spare when it was found; of what is old or expires, how much that is."""
    since: Mapped[date]
    """The day on which it was found."""
    closed_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    """When it was right again, which closes the alert by itself."""
