"""Who may do what with products."""

from dougong import Role, all_rows, change, read
from dougong_product.entities import (
    Currency,
    DiscountPolicy,
    ExchangeRate,
    PriceList,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductFamily,
    Tax,
    TaxRounding,
    UnitOfMeasure,
    VariantValue,
)
from dougong_product.permissions import ADD_VARIANTS, ASK_PRICES, SEE_COSTS

KEPT = (
    *(Product, ProductFamily, ProductAttribute, ProductCategory, UnitOfMeasure),
    *(Currency, ExchangeRate, Tax, TaxRounding, PriceList, DiscountPolicy),
)

READER = Role(
    "product.reader",
    "Sees all products, what they cost, and how they are measured and taxed.",
    grants=[ASK_PRICES, *(read(entity) for entity in (*KEPT, VariantValue))],
    rows=[all_rows(entity) for entity in (*KEPT, VariantValue)],
)
EDITOR = Role(
    "product.editor",
    "Keeps products, prices, costs, units, taxes and exchange rates up to date.",
    grants=[
        *(ASK_PRICES, SEE_COSTS, ADD_VARIANTS, read(VariantValue)),
        *(grant for entity in KEPT for grant in change(entity)),
    ],
    rows=[all_rows(entity) for entity in (*KEPT, VariantValue)],
)
