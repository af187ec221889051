"""Who may do what with products."""

from dougong import Role, all_rows, change, read
from dougong_product.entities import (
    Currency,
    ExchangeRate,
    PriceList,
    Product,
    Tax,
    UnitOfMeasure,
)
from dougong_product.permissions import ASK_PRICES, SEE_COSTS

KEPT = (Product, UnitOfMeasure, Currency, ExchangeRate, Tax, PriceList)

READER = Role(
    "product.reader",
    "Sees all products, what they cost, and how they are measured and taxed.",
    grants=[ASK_PRICES, *(read(entity) for entity in KEPT)],
    rows=[all_rows(entity) for entity in KEPT],
)
EDITOR = Role(
    "product.editor",
    "Keeps products, prices, costs, units, taxes and exchange rates up to date.",
    grants=[ASK_PRICES, SEE_COSTS, *(grant for entity in KEPT for grant in change(entity))],
    rows=[all_rows(entity) for entity in KEPT],
)
