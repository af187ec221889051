"""Who orders, reviews, sends and receives for stores; who gives things away, and for points."""

from dougong import (
    Role,
    all_rows,
    change,
    create,
    own,
    read,
    rows_where,
    unit,
)
from dougong_inventory.entities import (
    Location,
    Lot,
    StockMove,
    StockQuantity,
    Transfer,
    Warehouse,
)
from dougong_inventory.entities.alerts import ReplenishmentRule, StockAlert
from dougong_inventory.entities.gifts import GiftIssue, GiftQuota, Redemption
from dougong_inventory.entities.replenishment import Discrepancy, ReplenishmentOrder, Shipment
from dougong_inventory.entities.stores import StoreAccount, StorePayment
from dougong_inventory.own_warehouses import at_own_place, of_own, of_own_warehouse
from dougong_inventory.permissions import (
    APPROVE_GIFTS,
    FUND_SUPPLIES,
    GIVE_GIFTS,
    KEEP_LEVELS,
    ORDER_SUPPLIES,
    REDEEM,
    RESERVE_GIFTS,
    REVIEW_SUPPLIES,
    SEE_GIFTS,
    SEE_SUPPLIES,
    SEE_WASTE,
    SHIP_SUPPLIES,
)
from dougong_party import Party
from dougong_product import Product

OF_STORES = (Warehouse, Location, ReplenishmentRule, ReplenishmentOrder, StoreAccount)
"""What is a warehouse, or belongs to one."""
SUPPLIES = (StockQuantity, StockAlert, Shipment, Discrepancy, StorePayment)
"""What is about such records."""


STORE = Role(
    "inventory.store",
    "Runs a store: sees its own stock and alerts, orders from headquarters, and receives.",
    grants=[
        *(ORDER_SUPPLIES, KEEP_LEVELS, SEE_SUPPLIES),
        *change(ReplenishmentOrder),
        *(read(one) for one in (*OF_STORES, *SUPPLIES, Product, Lot)),
    ],
    rows=[
        *(unit(Warehouse.unit), all_rows(Product), all_rows(Lot)),
        *(rows_where(one, of_own_warehouse, "own_store") for one in OF_STORES[1:]),
        rows_where(StockQuantity, at_own_place, "own_store"),
        rows_where(StockAlert, of_own("rule", ReplenishmentRule, of_own_warehouse), "own_store"),
        rows_where(Shipment, of_own("order", ReplenishmentOrder, of_own_warehouse), "own_store"),
        rows_where(Discrepancy, of_own("order", ReplenishmentOrder, of_own_warehouse), "own_store"),
        rows_where(StorePayment, of_own("account", StoreAccount, of_own_warehouse), "own_store"),
    ],
)
HEADQUARTERS = Role(
    "inventory.headquarters",
    "Keeps the levels of all warehouses, and decides what stores get and who bears what is lost.",
    grants=[
        *(REVIEW_SUPPLIES, KEEP_LEVELS, SEE_SUPPLIES, SEE_WASTE),
        *(*change(ReplenishmentRule), *change(ReplenishmentOrder), *change(StoreAccount)),
        *(read(one) for one in (*OF_STORES, *SUPPLIES, StockMove, Transfer, Product, Lot)),
    ],
    rows=[all_rows(one) for one in (*OF_STORES, *SUPPLIES, StockMove, Transfer, Product, Lot)],
)
STORE_FINANCE = Role(
    "inventory.store_finance",
    "Says which orders stores can pay for, what they may owe, and what they have paid.",
    grants=[
        *(FUND_SUPPLIES, SEE_SUPPLIES),
        *(*change(StoreAccount), create(StorePayment)),
        *(read(one) for one in (Warehouse, ReplenishmentOrder, StorePayment, Product)),
    ],
    rows=[
        all_rows(one)
        for one in (Warehouse, ReplenishmentOrder, StoreAccount, StorePayment, Product)
    ],
)
SENDER = Role(
    "inventory.sender",
    "Sends stores what was approved.",
    grants=[
        *(SHIP_SUPPLIES, SEE_SUPPLIES),
        *(read(one) for one in (Shipment, Discrepancy, Transfer)),
        *(read(one) for one in (Warehouse, Location, ReplenishmentOrder, Product)),
    ],
    rows=[
        *(all_rows(one) for one in (Warehouse, Location, ReplenishmentOrder, Product)),
        *(all_rows(one) for one in (Shipment, Discrepancy, Transfer)),
    ],
)
GIVER = Role(
    "inventory.giver",
    "Drafts gifts, and gives them away once they are approved, within the own quota.",
    grants=[
        *(GIVE_GIFTS, SEE_GIFTS),
        *(*change(GiftIssue), read(GiftQuota)),
        *(read(one) for one in (Location, Lot, Product, Party)),
    ],
    rows=[
        *(own(GiftIssue.giver), own(GiftQuota.user)),
        *(all_rows(one) for one in (Location, Lot, Product, Party)),
    ],
)
GIFT_APPROVER = Role(
    "inventory.gift_approver",
    "Approves everybody's gifts, takes them back, keeps goods for them, and sets quotas.",
    grants=[
        *(APPROVE_GIFTS, RESERVE_GIFTS, SEE_GIFTS),
        *(read(GiftIssue), *change(GiftQuota)),
        *(read(one) for one in (Location, Lot, Transfer, Product, Party)),
    ],
    rows=[all_rows(one) for one in (GiftIssue, GiftQuota, Location, Lot, Transfer, Product, Party)],
)
CASHIER = Role(
    "inventory.cashier",
    "Hands over goods for points.",
    grants=[
        REDEEM,
        *change(Redemption),
        *(read(one) for one in (Location, Lot, Product, Party)),
    ],
    rows=[all_rows(one) for one in (Redemption, Location, Lot, Product, Party)],
)
