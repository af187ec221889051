"""Who may do what with orders."""

from dougong import Role, all_rows, change, own, read, team
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order.entities import Contract, Quotation, SalesOrder
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    NEGOTIATE,
    QUOTE,
    REVIEW_CONTRACTS,
    REVIEW_LARGE_CONTRACTS,
    SEE_MARGIN,
    SEE_SALES,
    SHIP,
    SUBMIT,
    VOID_CONTRACTS,
)

SELLER = Role(
    "sales_order.seller",
    "Makes offers and contracts, drafts, submits, confirms and cancels orders: own ones.",
    grants=[
        *(SUBMIT, CONFIRM, CANCEL, SEE_SALES, QUOTE, NEGOTIATE),
        *(*change(SalesOrder), *change(Quotation), *change(Contract)),
        *(read(Party), read(Product)),
    ],
    rows=[
        *(own(SalesOrder.owner), own(Quotation.owner), own(Contract.salesperson)),
        *(all_rows(Party), all_rows(Product)),
    ],
)
MANAGER = Role(
    "sales_order.manager",
    "Works on everybody's offers, contracts and orders, approves them and sees what they earn.",
    grants=[
        *(SUBMIT, APPROVE, CONFIRM, SHIP, CANCEL, SEE_SALES, SEE_MARGIN, QUOTE, NEGOTIATE),
        *(REVIEW_CONTRACTS, REVIEW_LARGE_CONTRACTS, VOID_CONTRACTS),
        *(*change(SalesOrder), *change(Quotation), *change(Contract)),
        *(read(Party), read(Product)),
    ],
    rows=[
        *(all_rows(SalesOrder), all_rows(Quotation), all_rows(Contract)),
        *(all_rows(Party), all_rows(Product)),
    ],
)
SHIPPER = Role(
    "sales_order.shipper",
    "Sees all orders and ships them.",
    grants=[SHIP, read(SalesOrder), read(Party), read(Product)],
    rows=[all_rows(SalesOrder), all_rows(Party), all_rows(Product)],
)
LEADER = Role(
    "sales_order.leader",
    "Sees what the team offers, agrees on and sells, and the team's figures.",
    grants=[
        *(SEE_SALES, read(SalesOrder), read(Quotation), read(Contract)),
        *(read(Party), read(Product)),
    ],
    rows=[
        *(team(SalesOrder.owner), team(Quotation.owner), team(Contract.salesperson)),
        *(all_rows(Party), all_rows(Product)),
    ],
)
LEGAL = Role(
    "sales_order.legal",
    "Sees all contracts, approves them up to the limit, sends them back and calls them off.",
    grants=[
        *(REVIEW_CONTRACTS, VOID_CONTRACTS, read(Contract)),
        *(read(Party), read(Product)),
    ],
    rows=[all_rows(Contract), all_rows(Party), all_rows(Product)],
)
