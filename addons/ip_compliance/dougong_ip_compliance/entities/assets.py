"""The register of rights: patents, trademarks and the like, and the fees that keep them."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, Unit, User, link, money, owned
from dougong_party import Party


class AssetKind(StrEnum):
    """What kind of right it is."""

    PATENT = "PATENT"
    TRADEMARK = "TRADEMARK"
    COPYRIGHT = "COPYRIGHT"
    TRADE_SECRET = "TRADE_SECRET"  # noqa: S105 - a kind of right
    GEOGRAPHICAL_INDICATION = "GEOGRAPHICAL_INDICATION"
    LAYOUT_DESIGN = "LAYOUT_DESIGN"
    PLANT_VARIETY = "PLANT_VARIETY"


class AssetState(StrEnum):
    """Whether a right is in force."""

    PENDING = "PENDING"
    IN_FORCE = "IN_FORCE"
    LAPSED = "LAPSED"
    ABANDONED = "ABANDONED"


class IpFee(Entity):
    """A fee that keeps a right in force."""

    __table_args__ = (
        UniqueConstraint("asset_id", "name", "due_on"),
        CheckConstraint("grace_until >= due_on", name="grace_until"),
        CheckConstraint("amount_amount >= 0", name="amount"),
        Index("ix_ip_fee_unpaid", "due_on", postgresql_where=text("paid_on is null")),
    )

    asset: Mapped["IpAsset"] = link(default=None, on_delete="CASCADE")
    """The right."""
    name: Mapped[str]
    """What it is for, such as the fifth year."""
    amount: Mapped[Money] = money()
    """How much it is."""
    due_on: Mapped[date]
    """By which day it is paid."""
    grace_until: Mapped[date | None] = mapped_column(default=None)
    """Until when it can still be paid, with a surcharge."""
    paid_on: Mapped[date | None] = mapped_column(default=None)
    """When it was paid."""


class IpAsset(Entity, searchable=("number", "title")):
    """A right of the company, or one that it has applied for."""

    __table_args__ = (
        UniqueConstraint("kind", "number"),
        CheckConstraint("expires_on >= filed_on", name="expires_on"),
    )

    kind: Mapped[AssetKind]
    """What kind of right it is."""
    number: Mapped[str | None] = mapped_column(default=None)
    """The number of the office; trade secrets have none."""
    title: Mapped[str]
    """What it protects."""
    holder: Mapped[Party | None] = link(default=None, reverse="ipAssets")
    """Whose it is; ours where nobody is said."""
    inventors: Mapped[str | None] = mapped_column(default=None)
    """Who made it."""
    keeper: Mapped[User | None] = link(default=None, reverse="ipAssets")
    """Who looks after it."""
    unit: Mapped[Unit | None] = link(default=None, reverse="ipAssets")
    """Where it is used."""
    filed_on: Mapped[date | None] = mapped_column(default=None)
    """When it was applied for."""
    expires_on: Mapped[date | None] = mapped_column(default=None)
    """The last day on which it can be in force."""
    licences: Mapped[str | None] = mapped_column(default=None)
    """To whom it is licensed, and by which contract."""
    state: Mapped[AssetState] = mapped_column(default=AssetState.PENDING, init=False, index=True)
    """Whether it is in force."""
    granted_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When it came into force."""
    lapse_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it is not in force any more."""
    fees: Mapped[list[IpFee]] = owned(default_factory=list)
    """What is paid for it."""
