"""What was sold over the counter during the day leaves the books in the evening."""

from contextlib import suppress

from dougong import Context, Refused, every, job
from dougong_inventory.with_sales_order.booking import book_part, unbooked

AT_ONCE = 500
"""So many lines in one transaction; the others a little later."""


@every("*/15 18-23 * * *")
def book_sales_of_the_day(ctx: Context) -> None:
    """Book what was handed over, each line once, however often this runs (I09)."""
    _book(ctx, 0)


@job
def book_more_sales(ctx: Context, *, beyond: int) -> None:
    """Book what was handed over and did not fit into one transaction.

    beyond: The number of the last line that was looked at.
    """
    _book(ctx, beyond)


def _book(ctx: Context, beyond: int) -> None:
    """Book some lines; one that is refused waits for the next time, and the others go on."""
    parts = unbooked(ctx, AT_ONCE, beyond)
    ctx.lock(*{part.line.order for part in parts})
    for part in parts:
        with suppress(Refused), ctx.attempt():
            book_part(part, ctx)
    if len(parts) == AT_ONCE:
        ctx.later(book_more_sales, beyond=parts[-1].id)
