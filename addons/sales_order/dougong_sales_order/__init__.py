"""Sales orders: who buys what, at what price, approved by whom."""

from dougong import AddOn
from dougong_sales_order.entities import OrderState, SalesOrder, SalesOrderLine
from dougong_sales_order.permissions import APPROVE, CANCEL, CONFIRM, SEE_SALES, SHIP, SUBMIT
from dougong_sales_order.questions import unit_cost
from dougong_sales_order.roles import MANAGER, SELLER, SHIPPER
from dougong_sales_order.workflows import (
    approve,
    cancel,
    confirm,
    order_workflow,
    reject,
    ship,
    submit,
)

addon = AddOn(name="sales_order", title="Sales orders", needs=["party", "product"], bridges=["crm"])

__all__ = [
    "APPROVE",
    "CANCEL",
    "CONFIRM",
    "MANAGER",
    "SEE_SALES",
    "SELLER",
    "SHIP",
    "SHIPPER",
    "SUBMIT",
    "OrderState",
    "SalesOrder",
    "SalesOrderLine",
    "addon",
    "approve",
    "cancel",
    "confirm",
    "order_workflow",
    "reject",
    "ship",
    "submit",
    "unit_cost",
]
