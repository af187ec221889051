"""Whatever is moved, picked, traced and counted in whatever order: books and shelf agree in the end."""

from decimal import Decimal

import pytest
from counting import furnish_counting
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dougong import Refused
from dougong_inventory import (
    LocationKind,
    Transfer,
    TransferKind,
    TransferLine,
    location_for,
    on_hand_at,
)
from dougong_inventory.workflows.counts import finish, look_again, settle
from dougong_inventory.workflows.transfers import pack, pick, request, ship

MOVES = st.lists(
    st.sampled_from(["receive", "sell", "steal", "find", "pick", "ship", "book_late"]), max_size=5
)


class Shelf:
    """What lies there really, beside what is written down of it."""

    def __init__(self, stock):
        self.floor = furnish_counting(stock)
        self.floor.have(50)
        self.since = self.floor.now
        self.forgotten = 2
        self.there = Decimal(50 - self.forgotten)
        self.unknown = Decimal(0)
        self.picked = []
        self.late = False
        self.settled = False

    def receive(self):
        self.floor.move(4, LocationKind.SUPPLIER, self.floor.stock.shelf)
        self.there += 4

    def sell(self):
        self.floor.move(1)
        self.there -= 1

    def steal(self):
        """Gone, and nobody knows."""
        self.there -= 1
        self.unknown -= 1

    def find(self):
        """There, and nobody knows."""
        self.there += 2
        self.unknown += 2

    def pick(self):
        ctx = self.floor.ctx(self.floor.keeper)
        line = TransferLine(product=self.floor.stock.tea, quantity=Decimal(3))
        transfer = ctx.create(
            Transfer(
                kind=TransferKind.DELIVERY,
                source=self.floor.stock.shelf,
                destination=location_for(LocationKind.CUSTOMER, ctx),
                lines=[line],
            )
        )
        request(transfer, self.floor.ctx(self.floor.keeper))
        pick(transfer, self.floor.ctx(self.floor.keeper))
        self.picked.append(transfer)
        self.there -= 3

    def ship(self):
        """What was picked had left the shelf before."""
        if self.picked:
            transfer = self.picked.pop()
            pack(transfer, self.floor.ctx(self.floor.keeper))
            ship(transfer, self.floor.ctx(self.floor.keeper))

    def book_late(self):
        """What was sold in the beginning was forgotten, and is booked only now."""
        if self.forgotten and not self.settled:
            self.floor.move(1, effective_at=self.since)
            self.forgotten -= 1
            self.late = True

    def do(self, names):
        for name in names:
            getattr(self, name)()

    @property
    def on_its_way(self):
        """What the books have, and the shelf has not."""
        return 3 * len(self.picked)


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=MOVES, counting=MOVES, approving=MOVES, after=MOVES)
def test_books_and_shelf_agree_after_any_count(stock, before, counting, approving, after):
    savepoint = stock.world.session.begin_nested()
    shelf = Shelf(stock)
    floor = shelf.floor
    shelf.do(before)
    count = floor.begun()
    floor.enter(count, str(shelf.there))
    counted, counted_at, on_its_way = shelf.there, floor.now, shelf.on_its_way
    shelf.unknown = Decimal(0)
    shelf.do(counting)
    finish(count, floor.ctx(floor.counter))
    floor.approved(count)
    shelf.late = False
    shelf.do(approving)
    if shelf.late:
        with pytest.raises(Refused, match="books_changed"), floor.undone():
            settle(count, floor.ctx(floor.finance))
        look_again(count, floor.ctx(floor.finance), reason="Booked late")
        floor.approved(count)

    settle(count, floor.ctx(floor.finance))
    shelf.settled = True
    shelf.do(after)

    assert floor.on_hand() == shelf.there + shelf.on_its_way - shelf.unknown
    there = on_hand_at(stock.tea, stock.shelf, counted_at, floor.ctx(floor.keeper))
    assert there == counted + on_its_way
    savepoint.rollback()
    stock.world.session.expire_all()
