"""Goods for points: both or neither, and nothing of it in the API while nobody keeps points."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from dougong import Money, Refused
from dougong.addons.manifest import Part
from dougong.entity.registry import registry_of
from dougong.generation import Generation
from dougong.testing import World
from dougong_inventory import Location, StockQuantity, Warehouse, book_count
from dougong_inventory.entities.gifts import Redemption, RedemptionLine, RedemptionState
from dougong_inventory.workflows.gifts import redeem, undo
from dougong_party import Party
from dougong_points import PointsAccount
from dougong_product import Product

POINTS = Part("points", "dougong_points", "1", "Points", ("inventory",), ())


def with_points(generation: Generation) -> Generation:
    return Generation(generation.number, [*generation.parts.values(), POINTS])


class Shop:
    """Somebody with points, and tea on a shelf."""

    def __init__(self, opened: World) -> None:
        opened.generation = with_points(opened.generation)
        connection = opened.session.connection()
        connection.execute(text("create schema points"))
        registry_of("points").metadata.create_all(connection)
        self.world = opened
        ctx = opened.ctx()
        price = Money(Decimal(18), "USD")
        self.tea = ctx.create(Product(name="Tea", price=price))
        ctx.create(Warehouse(name="MAIN", code="MAIN"))
        (self.shelf,) = ctx.find(Location, Location.code == "MAIN")
        book_count(self.tea, ctx, location=self.shelf, counted=Decimal(10))
        self.ann = ctx.create(Party(name="Ann", contacts=[]))
        self.account = ctx.create(PointsAccount(party=self.ann, points=100))

    def draft(self, many: int, points: int) -> Redemption:
        line = RedemptionLine(product=self.tea, quantity=Decimal(many))
        redemption = Redemption(party=self.ann, location=self.shelf, points=points, lines=[line])
        return self.world.ctx().create(redemption)

    def now(self) -> tuple[int, Decimal]:
        """The points left, and the tea left."""
        self.world.session.expire_all()
        where = (StockQuantity.product == self.tea, StockQuantity.location == self.shelf)
        (tea,) = self.world.ctx().find(StockQuantity, *where)
        return self.account.points, tea.on_hand


@pytest.fixture
def shop(world: Callable[..., World]) -> Shop:
    return Shop(world("inventory"))


def test_I25_points_become_goods(shop: Shop) -> None:
    redemption = redeem(shop.draft(3, 60), shop.world.ctx())

    assert redemption.state is RedemptionState.REDEEMED
    assert redemption.receipt == f"spent for inventory.Redemption:{redemption.id}"
    assert shop.now() == (40, 7)


def test_I25_where_goods_are_missing_no_points_are_spent(shop: Shop) -> None:
    redemption, ctx = shop.draft(11, 60), shop.world.ctx()

    with pytest.raises(Refused) as refused, ctx.attempt():
        redeem(redemption, ctx)

    assert refused.value.code == "goods_missing"
    assert shop.now() == (100, 10)


def test_I25_where_points_are_missing_no_goods_leave(shop: Shop) -> None:
    redemption, ctx = shop.draft(1, 101), shop.world.ctx()

    with pytest.raises(Refused) as refused, ctx.attempt():
        redeem(redemption, ctx)

    assert refused.value.code == "too_few_points"
    assert shop.now() == (100, 10)


def test_I25_what_is_undone_returns_points_and_goods(shop: Shop) -> None:
    redemption = redeem(shop.draft(3, 60), shop.world.ctx())

    undo(redemption, shop.world.ctx(), reason="Does not fit")

    assert shop.now() == (100, 10)


def test_I25_without_a_keeper_of_points_the_mutations_are_absent(
    world: Callable[..., World],
) -> None:
    def about(generation: Generation) -> set[str]:
        root: Any = generation.schema.mutation_type
        return {name for name in root.fields if "Redemption" in name}

    without = world("inventory").generation

    assert about(without) == set()
    assert about(with_points(without)) >= {
        *("createRedemption", "updateRedemption", "deleteRedemption"),
        *("redeemRedemption", "undoRedemption", "createRedemptionLine"),
    }


def test_I25_nothing_is_redeemed_when_the_keeper_of_points_has_left(
    shop: Shop, world: Callable[..., World]
) -> None:
    redemption = shop.draft(3, 60)
    shop.world.generation = world("inventory").generation

    with pytest.raises(Refused) as refused:
        redeem(redemption, shop.world.ctx())

    assert refused.value.code == "nobody_keeps_points"
