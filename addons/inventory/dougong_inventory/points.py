"""What the inventory asks of whoever keeps the points of customers."""

from dougong import Context, question
from dougong_party import Party


@question(first=True)
def spend_points(party: Party, ctx: Context, *, points: int, source: str) -> str | None:
    """Take points from somebody, in the asker's transaction; what the spending is called (I25).

    Who answers refuses when there are fewer. `source` is the key of what they are spent for, and
    spends once. Without an answer nothing can be redeemed: see `needs_answer`.
    """


@question(first=True)
def return_points(party: Party, ctx: Context, *, points: int, source: str) -> str | None:
    """Give points back that were spent for `source`; what the giving back is called."""
