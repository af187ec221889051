"""Gains and losses are counted and approved; one by one only those book them who may (I12, I13)."""

from dougong import Context, Forbidden, Refused, guard
from dougong_inventory.actions.moves import reverse_move
from dougong_inventory.completing import complete
from dougong_inventory.entities import Location, LocationKind, StockMove, Transfer
from dougong_inventory.hooks.transfer_steps import PLACES
from dougong_inventory.permissions import ADJUST_STOCK
from dougong_inventory.workflows.transfers import carry_out, put_away, ship


@guard(complete)
def leave_gains_and_losses_to_counts(move: StockMove, ctx: Context) -> Refused | None:
    """What a count, tracing or a document has caused was approved there."""
    if move.origin is not None or move.transfer is not None:
        return None
    return _adjusting(move, ctx)


@guard(reverse_move)
def leave_what_was_approved(move: StockMove, ctx: Context) -> Refused | None:
    """What was counted and approved is not taken back by who could not have booked it."""
    return _adjusting(move, ctx)


@guard(carry_out, loads=PLACES)
def carry_out_no_gains(transfer: Transfer, ctx: Context) -> Refused | None:
    """Opening stock comes from nowhere: the same right."""
    return _adjusting(transfer, ctx)


@guard(ship, loads=PLACES)
def ship_no_gains(transfer: Transfer, ctx: Context) -> Refused | None:
    """Nor does anything leave that nobody had."""
    return _adjusting(transfer, ctx)


@guard(put_away, loads=PLACES)
def put_no_losses_away(transfer: Transfer, ctx: Context) -> Refused | None:
    """Nor does what arrives disappear."""
    return _adjusting(transfer, ctx)


def _adjusting(record: StockMove | Transfer, ctx: Context) -> Refused | None:
    ends: tuple[Location | None, ...] = (record.source, record.destination)
    if all(place is None or place.kind is not LocationKind.ADJUSTMENT for place in ends):
        return None
    if ctx.may(ADJUST_STOCK):
        return None
    return Forbidden("counted_and_approved", permission=ADJUST_STOCK.name)
