"""Goods and services: how they are measured, taxed and priced."""

from dougong import AddOn
from dougong_product.entities import (
    Currency,
    Dimension,
    ExchangeRate,
    Price,
    PriceList,
    Product,
    ProductKind,
    ProductUnit,
    Tax,
    TaxRate,
    UnitOfMeasure,
)
from dougong_product.exchanging import exchanged
from dougong_product.measuring import converted
from dougong_product.pricing import price_of
from dougong_product.roles import EDITOR, READER
from dougong_product.rounding import rounded, shares, tax_in, tax_on

addon = AddOn(name="product", title="Products")

__all__ = [
    "EDITOR",
    "READER",
    "Currency",
    "Dimension",
    "ExchangeRate",
    "Price",
    "PriceList",
    "Product",
    "ProductKind",
    "ProductUnit",
    "Tax",
    "TaxRate",
    "UnitOfMeasure",
    "addon",
    "converted",
    "exchanged",
    "price_of",
    "rounded",
    "shares",
    "tax_in",
    "tax_on",
]
