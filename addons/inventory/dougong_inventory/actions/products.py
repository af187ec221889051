"""How a product is kept is said before it moves."""

from dougong import Context, action
from dougong_inventory.entities import CostMethod, ProductTracking, StockPolicy
from dougong_inventory.permissions import MOVE_STOCK
from dougong_product import Product


@action(needs=MOVE_STOCK)
def set_stock_policy(
    product: Product,
    ctx: Context,
    *,
    tracking: ProductTracking = ProductTracking.NONE,
    cost_method: CostMethod = CostMethod.AVERAGE,
) -> Product:
    """Say whether its lots or pieces are told apart, and how it is valued; before it moves (I02).

    tracking: Whether lots or single pieces are told apart.
    cost_method: How what leaves the stock is valued.
    """
    policy = StockPolicy.of(product)
    policy.tracking, policy.cost_method = tracking, cost_method
    return product
