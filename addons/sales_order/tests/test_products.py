"""Products that customers wait for (§5.5, before_archive)."""

import pytest

from dougong import Refused
from dougong_product import Product
from dougong_sales_order import SalesOrder, cancel


def taken_off(shop, product):
    """The product, taken off the list by whoever keeps it."""
    Product.update(product, shop.world.ctx(shop.world.person("product.editor")), active=False)


def test_what_a_customer_waits_for_stays_on_the_list(shop):
    order = shop.order(shop.line(shop.tea))

    with pytest.raises(Refused, match="still_ordered") as refused:
        taken_off(shop, shop.tea)

    assert (refused.value.at, refused.value.params) == (("active",), {"product": shop.tea.name})
    taken_off(shop, shop.coffee)
    cancel(order, shop.by_seller(), reason="Never mind")
    taken_off(shop, shop.tea)
    assert not shop.tea.active


def test_other_fields_are_changed_while_customers_wait_and_what_is_off_the_list_stays_so(shop):
    shop.order(shop.line(shop.tea))
    editor = shop.world.ctx(shop.world.person("product.editor"))

    Product.update(shop.tea, editor, name="Green tea", active=True)
    shop.tea.active = False
    Product.update(shop.tea, editor, active=False)

    assert shop.tea.name == "Green tea"


def test_a_deleted_draft_keeps_nothing_on_the_list(shop):
    SalesOrder.delete(shop.order(shop.line(shop.tea)), shop.by_seller())

    taken_off(shop, shop.tea)

    assert not shop.tea.active
