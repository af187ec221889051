"""How gifts go: drafted, approved, given, perhaps taken back; and how points become goods."""

from dougong import Context, Workflow
from dougong_inventory.entities.gifts import (
    GiftIssue,
    GiftState,
    Redemption,
    RedemptionState,
)
from dougong_inventory.permissions import APPROVE_GIFTS, GIVE_GIFTS, REDEEM

gift_workflow = Workflow(GiftIssue, GiftIssue.state, final=[GiftState.REVERSED])
redemption_workflow = Workflow(Redemption, Redemption.state, final=[RedemptionState.REVERSED])


@gift_workflow.step(
    GiftState.DRAFT, to=GiftState.APPROVED, needs=APPROVE_GIFTS, not_by=(GiftIssue.create,)
)
def grant(gift: GiftIssue, ctx: Context) -> None:
    """Say that it may be given; never by whoever gives it (I24)."""


@gift_workflow.step(GiftState.APPROVED, to=GiftState.ISSUED, needs=GIVE_GIFTS)
def hand_over(gift: GiftIssue, ctx: Context) -> None:
    """Give it away: the goods leave, and count against the giver's quota (I24)."""
    gift.issued_on = ctx.now.date()


@gift_workflow.step(GiftState.ISSUED, to=GiftState.REVERSED, needs=APPROVE_GIFTS, reason=True)
def take_back(gift: GiftIssue, ctx: Context, *, reason: str) -> None:
    """The goods are back, and the quota has room for them again; say why."""


@redemption_workflow.step(RedemptionState.DRAFT, to=RedemptionState.REDEEMED, needs=REDEEM)
def redeem(redemption: Redemption, ctx: Context) -> None:
    """Spend the points and hand over the goods: both or neither (I25)."""
    redemption.redeemed_on = ctx.now.date()


@redemption_workflow.step(
    RedemptionState.REDEEMED, to=RedemptionState.REVERSED, needs=REDEEM, reason=True
)
def undo(redemption: Redemption, ctx: Context, *, reason: str) -> None:
    """Take the goods back and return the points: both or neither; say why."""
