"""Deals for tests of access: of owners and offices, with fields that not everybody may see."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Numeric, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from dougong import (
    Context,
    Entity,
    Money,
    Permission,
    Role,
    Unit,
    User,
    Workflow,
    all_rows,
    change,
    create,
    guarded,
    link,
    money,
    own,
    owned,
    read,
    report,
    restrict,
    rows_where,
    sum_of,
    team,
    unit,
    update,
)
from dougong.verbs.computed import Asking, computed

SEE_COST = Permission("vault.see_cost", "See what deals cost us.")
SET_COST = Permission("vault.set_cost", "Say what deals cost us.")
SEE_NOTES = Permission("vault.see_notes", "Read what was noted of deals.")
DEAL = Permission("vault.deal", "Submit and approve deals.")
COUNT = Permission("vault.count", "Ask for figures.")


class DealState(StrEnum):
    """How far a deal has come."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"


class Piece(Entity):
    """A part of a deal."""

    deal: Mapped["Deal"] = link(default=None, on_delete="CASCADE")
    """The deal."""
    name: Mapped[str]
    """What it is."""
    cost: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 2), default=None, info=guarded(read=SEE_COST)
    )
    """What it costs us."""


class Deal(Entity, searchable=("name", "note"), translatable=("name", "note")):
    """Something that we buy or sell."""

    __table_args__ = (CheckConstraint("char_length(note) <= 400", name="note"),)

    name: Mapped[str] = mapped_column(unique=True)
    """What we call it."""
    state: Mapped[DealState] = mapped_column(default=DealState.DRAFT, init=False)
    """How far it has come."""
    owner: Mapped[User | None] = link(default=None)
    """Who looks after it."""
    office: Mapped[Unit | None] = link(default=None)
    """Where it is handled."""
    note: Mapped[str | None] = mapped_column(default=None, info=guarded(read=SEE_NOTES))
    """What not everybody should know."""
    price: Mapped[Money | None] = money(default=None, info=guarded(read=SEE_COST, write=SET_COST))
    """What we would pay."""
    margin: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 2), default=None, info=guarded(read=SEE_COST)
    )
    """What stays with us."""
    code: Mapped[str | None] = mapped_column(
        unique=True, default=None, info=guarded(read=SEE_NOTES)
    )
    """What we call it among ourselves."""
    backer: Mapped[User | None] = link(
        default=None, reverse="backedDeals", info=guarded(read=SEE_COST)
    )
    """Who stands behind it."""
    pieces: Mapped[list[Piece]] = owned(default_factory=list)
    """What it consists of."""
    cost: Mapped[Decimal] = sum_of(Piece.cost)
    """What all of it costs us."""


deal_workflow = Workflow(Deal, Deal.state, final=[DealState.APPROVED])


@deal_workflow.step(DealState.DRAFT, to=DealState.SUBMITTED, needs=DEAL)
def submit(deal: Deal, ctx: Context) -> None:
    """Ask for approval."""


@deal_workflow.step(DealState.SUBMITTED, to=DealState.APPROVED, needs=DEAL, not_by=(submit,))
def approve(deal: Deal, ctx: Context) -> None:
    """Say yes."""


@computed(Deal.name, Deal.margin)
def worth(rows: Sequence[tuple[str, Decimal | None]], asking: Asking) -> list[str]:
    """Whether it is worth our while."""
    return [f"{name}: {'yes' if margin and margin > 0 else 'no'}" for name, margin in rows]


@report(needs=COUNT)
def margins(ctx: Context) -> Select[int, Decimal | None]:
    """Deals, and what stays with us of all of them."""
    return select(func.count().label("deals"), func.sum(Deal.margin).label("margin"))


RIGHTS = [SEE_COST, SET_COST, SEE_NOTES]
BOSS = Role(
    "vault.boss",
    "Sees and does everything.",
    grants=[*RIGHTS, DEAL, COUNT, *change(Deal)],
    rows=[all_rows(Deal)],
)
READER = Role(
    "vault.reader",
    "Sees all deals, but not what they cost.",
    grants=[COUNT, read(Deal)],
    rows=[all_rows(Deal)],
)
KEEPER = Role(
    "vault.keeper",
    "Knows everything of own deals.",
    grants=[*RIGHTS, read(Deal), create(Deal), update(Deal)],
    rows=[own(Deal.owner)],
)
SELLER = Role(
    "vault.seller",
    "Works on own deals.",
    grants=[DEAL, *change(Deal)],
    rows=[own(Deal.owner)],
)
LEADER = Role(
    "vault.leader",
    "Works on the deals of the team.",
    grants=[DEAL, read(Deal), update(Deal)],
    rows=[team(Deal.owner)],
)
CLERK = Role(
    "vault.clerk",
    "Sees the deals of the office.",
    grants=[read(Deal)],
    rows=[unit(Deal.office)],
)
OUTSIDER = Role(
    "vault.outsider",
    "Never sees what is secret.",
    rows=[restrict(rows_where(Deal, lambda deal, me: ~deal.name.startswith("secret"), "open"))],
)
