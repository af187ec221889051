"""Points: what an add-on that keeps the points of customers is like, for tests of redemptions."""

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Context, Entity, Refused, Role, all_rows, answers, change, link
from dougong_inventory import return_points, spend_points
from dougong_party import Party


class PointsAccount(Entity):
    """How many points somebody has."""

    party: Mapped[Party] = link(unique=True)
    """Whose they are."""
    points: Mapped[int] = mapped_column(default=0)
    """How many."""


@answers(spend_points)
def take_them(party: Party, ctx: Context, *, points: int, source: str) -> str | None:
    """From the account, where there are as many."""
    account = account_of(party, ctx)
    if account.points < points:
        raise Refused("too_few_points", points=account.points)
    account.points -= points
    return f"spent for {source}"


@answers(return_points)
def give_them_back(party: Party, ctx: Context, *, points: int, source: str) -> str | None:
    """To the account."""
    account_of(party, ctx).points += points
    return f"returned for {source}"


def account_of(party: Party, ctx: Context) -> PointsAccount:
    """Somebody's account, locked."""
    (account,) = ctx.hold(PointsAccount, PointsAccount.party == party)
    return account


KEEPER = Role(
    "points.keeper",
    "Keeps points.",
    grants=change(PointsAccount),
    rows=[all_rows(PointsAccount)],
)
