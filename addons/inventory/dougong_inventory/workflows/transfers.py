"""How a transfer goes: what arrives, what leaves, and what is brought elsewhere."""

from dougong import Context, Workflow
from dougong_inventory.entities import ReservationState, Transfer, TransferState
from dougong_inventory.moving_at_once import move_at_once
from dougong_inventory.permissions import MOVE_STOCK, PICK_GOODS, SUPERVISE_STOCK
from dougong_inventory.receiving import put_lines_away, receive_lines
from dougong_inventory.reserving import lines_of, release_line
from dougong_inventory.shipping import (
    keep_all,
    move_what_is_kept,
    remain,
    take_from_shelves,
    transit_of,
)

State = TransferState
transfer_workflow = Workflow(
    Transfer, Transfer.state, final=[State.SHIPPED, State.DONE, State.CANCELLED]
)


@transfer_workflow.step(State.DRAFT, to=State.EXPECTED, needs=MOVE_STOCK)
def expect(transfer: Transfer, ctx: Context) -> None:
    """Somebody sends the goods to us."""


@transfer_workflow.step(State.EXPECTED, to=State.ARRIVED, needs=MOVE_STOCK)
def arrive(transfer: Transfer, ctx: Context) -> None:
    """The goods are at the door; nobody has looked at them yet."""


@transfer_workflow.step(State.ARRIVED, to=State.INSPECTED, needs=MOVE_STOCK)
def inspect(transfer: Transfer, ctx: Context) -> None:
    """What arrived is counted: lines say how many are good and how many are not (I03)."""


@transfer_workflow.step(State.INSPECTED, to=State.DONE, needs=MOVE_STOCK)
def put_away(transfer: Transfer, ctx: Context, *, backorder: bool | None = None) -> None:
    """The good goods are where they belong, the bad ones in quarantine (I03).

    backorder: Whether what has not come is still expected; as the warehouse does unless given.
    """
    put_lines_away(transfer, ctx)
    remain(transfer, backorder, ctx)


@transfer_workflow.step(State.DRAFT, to=State.WAITING, needs=MOVE_STOCK)
def request(transfer: Transfer, ctx: Context) -> None:
    """Somebody wants the goods: what is there is kept for them."""


@transfer_workflow.step(State.WAITING, to=State.RESERVED, needs=MOVE_STOCK)
def allocate(transfer: Transfer, ctx: Context) -> None:
    """Keep everything that it still wants; refused where something is missing."""
    keep_all(transfer, ctx)


@transfer_workflow.step(State.WAITING, State.RESERVED, to=State.WAITING, needs=MOVE_STOCK)
def let_go(transfer: Transfer, ctx: Context) -> None:
    """Free what is kept for it, so that others can have it."""
    for line in lines_of(transfer, ctx):
        release_line(line, ctx)


@transfer_workflow.step(State.RESERVED, to=State.WAITING, needs=SUPERVISE_STOCK)
def fall_short(transfer: Transfer, ctx: Context) -> None:
    """Not everything is kept for it any more; done by itself when goods are given to another."""


@transfer_workflow.step(State.WAITING, State.RESERVED, to=State.PICKED, needs=PICK_GOODS)
def pick(transfer: Transfer, ctx: Context) -> None:
    """The goods were taken from the shelves: all that is kept, or what was counted (I04)."""
    take_from_shelves(transfer, ctx)


@transfer_workflow.step(State.PICKED, to=State.CHECKED, needs=PICK_GOODS, not_by=(pick,))
def check(transfer: Transfer, ctx: Context) -> None:
    """Somebody else has seen that what was picked is right (I04)."""


@transfer_workflow.step(State.PICKED, State.CHECKED, to=State.PACKED, needs=PICK_GOODS)
def pack(transfer: Transfer, ctx: Context) -> None:
    """The goods are in their boxes."""


@transfer_workflow.step(
    State.PICKED, State.CHECKED, State.PACKED, to=State.RESERVED, needs=PICK_GOODS
)
def put_back(transfer: Transfer, ctx: Context) -> None:
    """The goods are on their shelves again, and still kept."""
    for line in lines_of(transfer, ctx):
        line.picked = None


@transfer_workflow.step(State.PACKED, to=State.SHIPPED, needs=PICK_GOODS)
def ship(transfer: Transfer, ctx: Context, *, backorder: bool | None = None) -> None:
    """The goods have left (I04).

    backorder: Whether the rest follows; as the warehouse does unless given.
    """
    move_what_is_kept(transfer, transfer.destination, ctx)
    remain(transfer, backorder, ctx)


@transfer_workflow.step(State.PACKED, to=State.IN_TRANSIT, needs=PICK_GOODS)
def dispatch(transfer: Transfer, ctx: Context, *, backorder: bool | None = None) -> None:
    """The goods are under way to another warehouse, and ours until they are received (I23).

    backorder: Whether the rest follows; as the warehouse does unless given.
    """
    move_what_is_kept(transfer, transit_of(transfer, ctx), ctx)
    remain(transfer, backorder, ctx)


@transfer_workflow.step(State.IN_TRANSIT, to=State.DONE, needs=MOVE_STOCK, not_by=(dispatch,))
def receive(transfer: Transfer, ctx: Context) -> None:
    """What was under way has come: good goods where they belong, bad ones in quarantine (I23).

    What is short stays in transit until it is explained.
    """
    receive_lines(transfer, ctx)


@transfer_workflow.step(State.DRAFT, State.WAITING, State.RESERVED, to=State.DONE, needs=MOVE_STOCK)
def carry_out(transfer: Transfer, ctx: Context) -> None:
    """Move everything at once, where nobody need pick and pack it (I23)."""
    move_at_once(transfer, ctx)


@transfer_workflow.step(
    *(State.DRAFT, State.EXPECTED, State.ARRIVED, State.WAITING, State.RESERVED),
    to=State.CANCELLED,
    needs=SUPERVISE_STOCK,
    reason=True,
)
def call_off(transfer: Transfer, ctx: Context, *, reason: str) -> None:
    """Nothing of it will be moved; say why."""
    for line in lines_of(transfer, ctx):
        release_line(line, ctx, ReservationState.RELEASED)
