"""What is about the warehouses of the asker's units: rows of roles whose people see their own stock."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, any_, func, or_, select
from sqlalchemy.orm import aliased

from dougong import Entity
from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    Reservation,
    ReservationState,
    StockQuantity,
    TransferKind,
    TransferLine,
    TransferState,
    Warehouse,
)

SHARED = (
    *(LocationKind.SUPPLIER, LocationKind.CUSTOMER, LocationKind.ADJUSTMENT),
    *(LocationKind.GIFT, LocationKind.SCRAP),
)
"""Places beyond all warehouses, from which goods come and to which they go."""
UNDER_WAY = (TransferState.IN_TRANSIT, TransferState.DONE)
ALL_KEPT = (
    *(TransferState.RESERVED, TransferState.PICKED, TransferState.CHECKED),
    *(TransferState.PACKED, TransferState.SHIPPED, TransferState.DONE),
)
"""States in which a transfer takes what is kept for it, and nothing else."""
HOLDING = (ReservationState.ACTIVE, ReservationState.CONSUMED)


def key(record: Any, link: str) -> ColumnElement[int]:
    """The key column of a link."""
    column: ColumnElement[int] = getattr(record, f"{link}_id")
    return column


def of_own_warehouse(record: Any, me: Any) -> ColumnElement[bool]:
    """Whether a record is about a warehouse of the asker's units."""
    return _one_of(key(record, "warehouse"), _houses(me))


def at_own_place(record: Any, me: Any) -> ColumnElement[bool]:
    """Whether a record is about a location in a warehouse of the asker's units."""
    return _one_of(key(record, "location"), _places(me))


def of_own(
    link: str, entity: type[Entity], rule: Callable[[Any, Any], ColumnElement[bool]]
) -> Callable[[Any, Any], ColumnElement[bool]]:
    """Whether a record links to one for which a rule of these holds."""

    def predicate(record: Any, me: Any) -> ColumnElement[bool]:
        other = aliased(entity)
        theirs = select(other.id).where(rule(other, me))
        return key(record, link).in_(theirs)

    return predicate


def own_or_shared_place(place: Any, me: Any) -> ColumnElement[bool]:
    """Whether a place is in such a warehouse, or beyond all warehouses."""
    beyond = and_(key(place, "warehouse").is_(None), place.kind.in_(SHARED))
    return or_(of_own_warehouse(place, me), beyond)


def leaves_or_reached_own(move: Any, me: Any) -> ColumnElement[bool]:
    """Whether a move takes goods from such a warehouse, or has brought or brings some there.

    What is to come from somebody else's shelf is theirs until it has come (5.4).
    """
    come = or_(_from_beyond(move), move.state == MoveState.DONE)
    return or_(_own_end(move, "source", me), and_(_own_end(move, "destination", me), come))


def stays_with_own(move: Any, me: Any) -> ColumnElement[bool]:
    """Whether a move has an end in such a warehouse, and none in one of others (I23).

    What is under way lies in the sender's transit, and is the receiver's to take or to miss.
    """
    source, to = _own_end(move, "source", me), _own_end(move, "destination", me)
    stays = or_(
        and_(source, or_(to, _one_of(key(move, "destination"), _beyond()))),
        and_(to, _from_beyond(move)),
    )
    return and_(stays, *(~_one_of(key(move, end), _transit()) for end in ("source", "destination")))


def leaves_or_reaches_own(transfer: Any, me: Any) -> ColumnElement[bool]:
    """The same for transfers: what comes from others is seen once it is under way.

    One without a source takes goods from anywhere. It is the asker's while all that is kept for
    it lies in these warehouses.
    """
    return or_(_own_end(transfer, "source", me), _comes(transfer, UNDER_WAY, me))


def is_up_to_own(transfer: Any, me: Any) -> ColumnElement[bool]:
    """Whether what is next to be done about a transfer is done in such a warehouse.

    Until it has left that is where it comes from, and then where it goes to.
    """
    here = transfer.state != TransferState.IN_TRANSIT
    leaves = and_(_own_end(transfer, "source", me), here)
    return or_(leaves, _comes(transfer, (TransferState.IN_TRANSIT,), me))


def is_own_or_new(lot: Any, me: Any) -> ColumnElement[bool]:
    """Whether some of a lot was in such a warehouse, or none of it in any yet."""
    one, place = aliased(StockQuantity), aliased(Location)
    there = select(one.id).where(key(one, "lot") == lot.id)
    anywhere = there.join(place, place.id == key(one, "location"))
    return or_(
        there.where(at_own_place(one, me)).exists(),
        ~anywhere.where(key(place, "warehouse").is_not(None)).exists(),
    )


def _own_end(record: Any, end: str, me: Any) -> ColumnElement[bool]:
    return _one_of(key(record, end), _places(me))


def _comes(transfer: Any, under_way: Sequence[TransferState], me: Any) -> ColumnElement[bool]:
    """Whether goods come in, from beyond or in these states; or are kept here for anybody."""
    come = or_(_from_beyond(transfer), transfer.state.in_(under_way))
    anywhere = and_(
        key(transfer, "source").is_(None),
        transfer.kind != TransferKind.INTERNAL,  # nobody could say through whose transit
        transfer.state.in_(ALL_KEPT),
    )
    return or_(
        and_(_own_end(transfer, "destination", me), key(transfer, "source").is_not(None), come),
        and_(anywhere, _all_own(transfer, me)),
    )


def _beyond() -> Select[Any]:
    place = aliased(Location)
    return select(place.id).where(key(place, "warehouse").is_(None), place.kind.in_(SHARED))


def _transit() -> Select[Any]:
    place = aliased(Location)
    return select(place.id).where(place.kind == LocationKind.TRANSIT)


def _from_beyond(record: Any) -> ColumnElement[bool]:
    """Whether goods come from no warehouse at all."""
    return _one_of(key(record, "source"), _beyond())


def _all_own(transfer: Any, me: Any) -> ColumnElement[bool]:
    """Whether something is kept for a transfer, and all of it in such warehouses."""
    line, kept = aliased(TransferLine), aliased(Reservation)
    own = func.bool_and(_one_of(key(kept, "location"), _places(me)))
    of_it = select(own).join_from(kept, line, line.id == key(kept, "line"))
    of_it = of_it.where(key(line, "transfer") == transfer.id, kept.state.in_(HOLDING))
    return func.coalesce(of_it.scalar_subquery(), False)


def _houses(me: Any) -> Select[Any]:
    house = aliased(Warehouse)
    return select(house.id).where(_one_of(key(house, "unit"), me.units))


def _places(me: Any) -> Select[Any]:
    place = aliased(Location)
    return select(place.id).where(of_own_warehouse(place, me))


def _one_of(column: ColumnElement[int], found: Select[Any]) -> ColumnElement[bool]:
    """Whether a key is one of few: an array is made once, and looked up in an index."""
    return column == any_(func.array(found.scalar_subquery()))
