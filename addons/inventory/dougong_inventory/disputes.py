"""Disputed goods: brought out of transit, to where it was decided that they are."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from dougong import Context
from dougong_inventory.entities import Location, LocationKind, Transfer
from dougong_inventory.entities.replenishment import (
    Discrepancy,
    DiscrepancyKind,
    Resolution,
    Shipment,
)
from dougong_inventory.ledger import hold, location_for
from dougong_inventory.posting import post
from dougong_inventory.supplying import in_transit, shelf_of


def settle(found: Discrepancy, ctx: Context) -> None:
    """Bring disputed goods out of transit, to where the decision says that they are (I22).

    Of what is sent again, what was damaged is scrapped, and the rest is back on the shelf of
    headquarters. What the store loses comes to the store first.
    """
    line, order = found.line, found.order
    damaged = found.kind is DiscrepancyKind.DAMAGED
    way = [in_transit(order, ctx)]
    if found.resolution is Resolution.RECEIVER_LOSS:
        way.append(shelf_of(order.warehouse, ctx))
    if found.resolution is Resolution.RESEND and not damaged:
        way.append(shelf_of(order.source, ctx))
    else:
        way.append(location_for(LocationKind.SCRAP if damaged else LocationKind.ADJUSTMENT, ctx))
    _move(found, way, ctx)
    if found.resolution is Resolution.RESEND:
        line.resent += found.quantity
    elif found.resolution is not Resolution.RECEIVER_LOSS:
        line.relieved += found.quantity
    line.disputed -= found.quantity
    line.settled += found.quantity


def _move(found: Discrepancy, way: Sequence[Location], ctx: Context) -> None:
    """Move disputed goods from place to place, each move once."""
    product, lot, number = found.line.product, found.lot, found.order.number
    hold([(product, place, lot) for place in way], ctx)
    for step, (source, to) in enumerate(pairwise(way), 1):
        said: dict[str, Any] = {
            "lot": lot,
            "reference": number,
            "transfer": _transfer_of(found, ctx),
        }
        origin = f"inventory.Discrepancy:{found.id}/{step}"
        post(product, found.quantity, source, to, ctx, origin=origin, **said)


def _transfer_of(found: Discrepancy, ctx: Context) -> Transfer:
    """The last transfer that brought something for the order."""
    arrived = Shipment.arrived_at.is_not(None)
    transfer: Transfer = ctx.find(Shipment, Shipment.order == found.order, arrived)[-1].transfer
    return transfer
