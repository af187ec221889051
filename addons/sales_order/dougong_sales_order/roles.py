"""Who may do what with orders."""

from dougong import Role, all_rows, change, own, read
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order.entities import SalesOrder
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    SEE_MARGIN,
    SEE_SALES,
    SHIP,
    SUBMIT,
)

SELLER = Role(
    "sales_order.seller",
    "Drafts, submits, confirms and cancels own orders.",
    grants=[
        *(SUBMIT, CONFIRM, CANCEL, SEE_SALES),
        *change(SalesOrder),
        *(read(Party), read(Product)),
    ],
    rows=[own(SalesOrder.owner), all_rows(Party), all_rows(Product)],
)
MANAGER = Role(
    "sales_order.manager",
    "Works on everybody's orders, approves them and sees what they earn.",
    grants=[
        *(SUBMIT, APPROVE, CONFIRM, SHIP, CANCEL, SEE_SALES, SEE_MARGIN),
        *change(SalesOrder),
        *(read(Party), read(Product)),
    ],
    rows=[all_rows(SalesOrder), all_rows(Party), all_rows(Product)],
)
SHIPPER = Role(
    "sales_order.shipper",
    "Sees all orders and ships them.",
    grants=[SHIP, read(SalesOrder), read(Party), read(Product)],
    rows=[all_rows(SalesOrder), all_rows(Party), all_rows(Product)],
)
