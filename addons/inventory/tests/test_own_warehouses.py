"""People of a warehouse's unit see and act on that warehouse's stock, and on no other (5.4, X09)."""

from decimal import Decimal

import pytest
from chain import furnish as chained

from dougong import Forbidden, Invalid, Refused
from dougong.builtin.organisation.entities import Membership, RoleAssignment, Unit, UnitKind
from dougong.testing.lists import CountingReads
from dougong_inventory import (
    CountPolicy,
    Location,
    LocationKind,
    Lot,
    ProductTracking,
    Reservation,
    StockCount,
    StockMove,
    StockQuantity,
    Transfer,
    TransferKind,
    TransferLine,
    Warehouse,
    carry_out,
    complete,
    dispatch,
    pack,
    pick,
    receive,
    request,
    reverse_move,
    set_stock_policy,
    ship,
    shortage,
)

ABOUT_STOCK = (Warehouse, StockQuantity, StockMove, Transfer, Reservation, StockCount, CountPolicy)


class Town:
    """Two warehouses of two units, with tea in both, and the people of each."""

    def __init__(self, stock):
        self.stock, self.world = stock, stock.world
        self.units, self.shelves = {}, {}
        for code in ("NORTH", "SOUTH"):
            ctx = self.world.ctx()
            unit = self.units[code] = ctx.create(Unit(code=code, name=code, kind=UnitKind.STORE))
            ctx.create(Warehouse(name=code, code=code, unit=unit))
            (self.shelves[code],) = ctx.find(Location, Location.code == code)
            stock.count(stock.tea, 10, self.shelves[code])

    def person(self, code, *roles):
        """Somebody with roles within a unit."""
        who = self.world.person(*(f"inventory.own_warehouse_{role}" for role in roles))
        ctx = self.world.ctx()
        user = ctx.get(type(ctx.me), who.user_id)
        ctx.create(Membership(user=user, unit=self.units[code]))
        return who

    def seen(self, who, entity):
        """What somebody may see of an entity."""
        ctx = self.world.ctx(who)
        return ctx.find(entity, ctx.sees(entity))

    def transfer(self, kind, source, destination, quantity=2):
        """A transfer of tea, drafted by somebody who sees all."""
        ctx = self.stock.by_keeper()
        lines = [TransferLine(product=self.stock.tea, quantity=Decimal(quantity))]
        one = ctx.create(Transfer(kind=kind, source=source, destination=destination, lines=lines))
        ctx.session.flush()
        ctx.session.expire_all()
        return one

    def under_way(self, source, destination):
        """A transfer that was sent from one warehouse to another."""
        ends = (self.shelves[source], self.shelves[destination])
        one = self.transfer(TransferKind.INTERNAL, *ends)
        for step in (request, pick, pack, dispatch):
            step(one, self.stock.by_keeper())
        return one


@pytest.fixture
def town(stock):
    return Town(stock)


@pytest.fixture
def north(town):
    return town.person("NORTH", "reader", "keeper")


def test_X09_each_sees_the_own_warehouse_and_what_lies_there(town, north):
    town.stock.count(town.stock.tea, 3)

    assert [one.code for one in town.seen(north, Warehouse)] == ["NORTH"]
    assert [one.location.code for one in town.seen(north, StockQuantity)] == ["NORTH"]
    assert [one.destination.code for one in town.seen(north, StockMove)] == ["NORTH"]
    assert {one.code for one in town.seen(north, Location)} == {
        *("NORTH", "SUPPLIER", "CUSTOMER", "ADJUSTMENT")
    }


def test_a_role_that_is_held_within_a_unit_covers_the_units_below_it(town):
    ctx = town.world.ctx()
    region = ctx.create(Unit(code="REGION", name="Region", kind=UnitKind.DEPARTMENT))
    Unit.update(town.units["NORTH"], ctx, parent=region)
    who = town.world.person()
    user = ctx.get(type(ctx.me), who.user_id)
    ctx = town.world.ctx()
    role = "inventory.own_warehouse_reader"
    ctx.create(RoleAssignment(user=user, role=role, unit=region))
    ctx.session.flush()
    reader = type(who)(who.user_id, who.label, frozenset({role}))

    assert [one.code for one in town.seen(reader, Warehouse)] == ["NORTH"]


def test_who_is_in_no_unit_sees_nothing(town):
    nobody = town.world.person("inventory.own_warehouse_supervisor")

    assert [town.seen(nobody, entity) for entity in ABOUT_STOCK] == [[]] * len(ABOUT_STOCK)


def test_roles_for_all_warehouses_go_on_seeing_all(town):
    reader = town.world.person("inventory.reader")

    assert {"NORTH", "SOUTH"} <= {one.location.code for one in town.seen(reader, StockQuantity)}


def test_a_place_in_a_place_is_in_the_same_warehouse(town, north):
    keeper = town.stock.by_keeper()
    aisle = keeper.create(Location(name="Aisle", code="A1", parent=town.shelves["NORTH"]))
    town.stock.count(town.stock.tea, 4, aisle)

    assert aisle.warehouse.code == "NORTH"
    assert {one.location.code for one in town.seen(north, StockQuantity)} == {"NORTH", "A1"}


def test_a_place_that_is_moved_comes_into_the_warehouse_it_is_moved_to(town):
    keeper = town.stock.by_keeper()
    aisle = keeper.create(Location(name="Aisle", code="A1", parent=town.shelves["NORTH"]))
    shelf = keeper.create(Location(name="Shelf", code="A1-1", parent=aisle))

    with pytest.raises(Invalid, match="place_of_another_house"):
        Location.update(aisle, keeper, warehouse=town.shelves["SOUTH"].warehouse)
    with pytest.raises(Invalid, match="place_of_another_house"):
        Location.update(shelf, keeper, parent=town.shelves["SOUTH"])


def test_goods_are_moved_out_of_the_own_warehouse_alone(town, north):
    customers = town.stock.place(LocationKind.CUSTOMER)
    ours, theirs = (
        town.stock.move(1, town.shelves[code], customers) for code in ("NORTH", "SOUTH")
    )

    complete(ours, town.world.ctx(north))
    with pytest.raises(Forbidden, match="outside_rows"):
        complete(theirs, town.world.ctx(north))

    assert town.stock.quantities(at=town.shelves["SOUTH"]) == [(10, 0, 10)]


@pytest.mark.parametrize("ends", [("NORTH", "SOUTH"), ("SOUTH", "NORTH")])
def test_one_person_does_not_move_goods_between_the_warehouses_of_two(town, north, ends):
    source, destination = (town.shelves[code] for code in ends)
    move = town.stock.move(1, source, destination)

    with pytest.raises(Forbidden, match="outside_rows"):
        complete(move, town.world.ctx(north))

    complete(move, town.stock.by_keeper())
    assert move in town.seen(north, StockMove)
    with pytest.raises(Forbidden, match="outside_rows"):
        reverse_move(move, town.world.ctx(north), reason="Give it back")


def test_I23_the_sender_sends_and_the_receiver_receives(town, north):
    south = town.person("SOUTH", "reader", "keeper")
    ends = (town.shelves["NORTH"], town.shelves["SOUTH"])
    one = town.transfer(TransferKind.INTERNAL, *ends)

    assert one not in town.seen(south, Transfer)
    for step in (request, pick, pack, dispatch):
        step(one, town.world.ctx(north))

    assert one in town.seen(south, Transfer)
    with pytest.raises(Forbidden, match="outside_rows"):
        receive(one, town.world.ctx(town.person("NORTH", "reader", "keeper")))
    receive(one, town.world.ctx(south))
    assert town.stock.quantities(at=ends[1]) == [(12, 0, 12)]


def test_nobody_carries_out_at_once_what_takes_from_others(town, north):
    anywhere = town.transfer(TransferKind.INTERNAL, None, town.shelves["NORTH"])

    with pytest.raises(Forbidden, match="outside_rows"):
        carry_out(anywhere, town.world.ctx(north))


def test_a_delivery_from_anywhere_is_picked_where_all_of_it_is_kept(town, north):
    customers = town.stock.place(LocationKind.CUSTOMER)
    here, both = (town.transfer(TransferKind.DELIVERY, None, customers, many) for many in (4, 10))
    request(here, town.stock.by_keeper())
    request(both, town.stock.by_keeper())

    assert here in town.seen(north, Transfer)
    assert both not in town.seen(north, Transfer)
    for step in (pick, pack, ship):
        step(here, town.world.ctx(north))
    with pytest.raises(Forbidden, match="outside_rows"):
        pick(both, town.world.ctx(north))


def test_a_lot_is_seen_where_it_lies_and_before_it_lies_anywhere(town, north):
    south = town.person("SOUTH", "reader", "keeper")
    cups = town.stock.goods("Cups")
    set_stock_policy(cups, town.stock.by_keeper(), tracking=ProductTracking.LOT)
    new = town.world.ctx(north)
    lot = new.create(Lot(product=cups, number="L-1"))
    assert lot in town.seen(south, Lot)

    supplier = town.stock.place(LocationKind.SUPPLIER)
    move = town.stock.move(3, supplier, town.shelves["NORTH"], product=cups, lot=lot)
    complete(move, town.world.ctx(north))

    assert lot in town.seen(north, Lot)
    assert lot not in town.seen(south, Lot)


def test_a_shortage_says_no_numbers_to_who_does_not_see_all_stock(town, north):
    customers = town.stock.place(LocationKind.CUSTOMER)
    move = town.stock.move(99, town.shelves["NORTH"], customers)
    one = town.transfer(TransferKind.DELIVERY, None, customers, 99)

    with pytest.raises(Refused, match="insufficient_stock") as told:
        complete(move, town.world.ctx(north))
    assert told.value.params == {"product": "Tea"}

    request(one, town.world.ctx(town.world.person("inventory.keeper")))
    (line,) = one.lines
    assert shortage(line, town.world.ctx(north)).params == {"product": "Tea", "wanted": 99}
    seen = shortage(line, town.world.ctx(town.world.person("inventory.reader"))).params
    assert (seen["available"], seen["missing"]) == (20, 79)


LISTS = (
    *("warehouses", "locations", "lots", "stockQuantities", "stockMoves", "transfers"),
    *("reservations", "stockCounts", "countDifferences", "traceSessions", "periodBalances"),
)


@pytest.fixture
def served(live_world):
    """Two warehouses of two units, with tea in both, over the API."""
    chain = chained(live_world("inventory"))
    for code in ("SHOP", "KIOSK"):
        chain.count("Tea", code, 10)
    return chain


def test_X09_lists_of_the_own_warehouse_take_one_statement(served):
    served.people["reader"] = served.served.person("inventory.own_warehouse_reader")
    reads = served.served.runtime.reads = CountingReads(served.served.runtime.reads)
    asked = " ".join(f"{name} {{ totalCount nodes {{ id version }} }}" for name in LISTS)
    assert [one["totalCount"] for one in served.ask(asked, "reader").values()] == [
        *(0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    ]
    served.joins("reader", "SHOP")
    served.ask(asked, "reader")  # what the role reaches is read once, and kept

    reads.statements.clear()
    found = served.ask(asked, "reader")

    assert len(reads.statements) == 1
    assert {name: found[name]["totalCount"] for name in LISTS if found[name]["totalCount"]} == {
        "warehouses": 1,
        "locations": 4,
        "stockQuantities": 1,
        "stockMoves": 1,
    }


def test_X09_stock_is_asked_for_in_the_own_warehouse_alone(served):
    served.people["reader"] = served.served.person("inventory.own_warehouse_reader")
    served.joins("reader", "SHOP")
    tea, moment = served.ids["Tea"], "2100-01-01T00:00:00Z"

    then = f'stockAt(at: "{moment}", product: "{tea}") {{ location {{ code }} quantity }}'
    assert served.ask(then, "reader")["stockAt"] == [
        {"location": {"code": "SHOP"}, "quantity": "10.0000"}
    ]
    (beyond,) = served.ask(
        'locations(where: {code: {eq: "ADJUSTMENT"}}) { nodes { id } }', "reader"
    )["locations"]["nodes"]
    there = f'stockAt(at: "{moment}", location: "{beyond["id"]}") {{ quantity }}'
    assert served.ask(there, "reader")["stockAt"] == []
    now = f'productAvailability(products: ["{tea}"]) {{ onHand }}'
    assert served.ask(now, "reader")["productAvailability"] == [{"onHand": "10.0000"}]


def test_X09_a_keeper_moves_goods_of_the_own_warehouse_over_the_api(served):
    roles = ("inventory.own_warehouse_reader", "inventory.own_warehouse_keeper")
    served.people["keeper"] = served.served.person(*roles)
    served.joins("keeper", "SHOP")
    (out,) = served.ask('locations(where: {code: {eq: "CUSTOMER"}}) { nodes { id } }', "keeper")[
        "locations"
    ]["nodes"]
    said = {"product": served.ids["Tea"], "quantity": "2", "destination": out["id"]}

    made = served.done(
        "createStockMove",
        "keeper",
        "stockMove { id version actions { name enabled } }",
        input={**said, "source": served.ids["shelf SHOP"]},
    )["stockMove"]
    assert {"name": "completeStockMove", "enabled": True} in made.pop("actions")
    served.done("completeStockMove", "keeper", **made)

    assert served.on_hand("Tea", "SHOP") == 8
    theirs = {**said, "source": served.ids["shelf KIOSK"]}
    assert served.refused("createStockMove", "keeper", input=theirs)["code"] == "not_found"
