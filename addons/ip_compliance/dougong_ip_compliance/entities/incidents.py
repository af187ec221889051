"""What went wrong around rights, what was done about it, and what authorities imposed."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, Unit, User, link, money
from dougong_ip_compliance.entities.assets import IpAsset


class IncidentKind(StrEnum):
    """What went wrong."""

    OUR_RIGHT_INFRINGED = "OUR_RIGHT_INFRINGED"
    RIGHT_OF_OTHERS_INFRINGED = "RIGHT_OF_OTHERS_INFRINGED"
    SECRET_DISCLOSED = "SECRET_DISCLOSED"  # noqa: S105 - a kind of incident
    RIGHT_LOST = "RIGHT_LOST"
    OTHER = "OTHER"


class IncidentState(StrEnum):
    """How far an incident has come."""

    REPORTED = "REPORTED"
    DEALT_WITH = "DEALT_WITH"
    CLOSED = "CLOSED"


class PenaltyState(StrEnum):
    """Whether a penalty stands."""

    IMPOSED = "IMPOSED"
    SERVED = "SERVED"
    ANNULLED = "ANNULLED"


class IpIncident(Entity, searchable=("what",)):
    """Something that went wrong around rights: a secret that got out, a right that was infringed."""

    __table_args__ = (
        CheckConstraint(
            "state = 'REPORTED' or (cause is not null and action is not null)", name="cause"
        ),
        CheckConstraint("closed_by_id <> dealt_with_by_id", name="closed_by"),
    )

    kind: Mapped[IncidentKind]
    """What went wrong."""
    what: Mapped[str]
    """What happened."""
    found_on: Mapped[date]
    """When it was found."""
    found_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who found it; whoever enters it unless given."""
    unit: Mapped[Unit] = link(reverse="ipIncidents")
    """Where it happened."""
    owner: Mapped[User] = link(reverse="ipIncidents")
    """Who sees to it; somebody else closes it."""
    asset: Mapped[IpAsset | None] = link(default=None, reverse="incidents")
    """The right that is involved, where one is."""
    done: Mapped[str | None] = mapped_column(default=None)
    """What was done at once."""
    state: Mapped[IncidentState] = mapped_column(
        default=IncidentState.REPORTED, init=False, index=True
    )
    """How far it has come."""
    cause: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it happened."""
    action: Mapped[str | None] = mapped_column(default=None, init=False)
    """What keeps it from happening again."""
    dealt_with_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who said why it happened and what was done."""
    closed_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who saw that this does."""
    closed_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When."""
    rework_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it did not do, the last time."""


class IpPenalty(Entity, searchable=("authority", "reason")):
    """What an authority or a court imposed for an infringement; nobody applies soon after it."""

    __plural__ = "ipPenalties"
    __table_args__ = (
        CheckConstraint("amount_amount >= 0", name="amount_amount"),
        Index("ix_ip_penalty_stands", "decided_on", postgresql_where=text("state <> 'ANNULLED'")),
    )

    authority: Mapped[str]
    """Who imposed it."""
    decided_on: Mapped[date]
    """The day of the decision."""
    amount: Mapped[Money | None] = money(default=None)
    """How much is to be paid; nothing where it is a warning."""
    reason: Mapped[str]
    """What for."""
    incident: Mapped[IpIncident | None] = link(default=None, reverse="penalties")
    """The incident that led to it."""
    state: Mapped[PenaltyState] = mapped_column(
        default=PenaltyState.IMPOSED, init=False, index=True
    )
    """Whether it stands."""
    served_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When it was paid, or otherwise done with."""
    annul_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it does not stand: who set it aside, or that it was entered by mistake."""
