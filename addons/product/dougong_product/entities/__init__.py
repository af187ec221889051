"""What is remembered of products, how they are measured, taxed and priced."""

from dougong_product.entities.currencies import Currency, ExchangeRate
from dougong_product.entities.prices import Price, PriceList
from dougong_product.entities.products import Product, ProductKind, ProductUnit
from dougong_product.entities.taxes import Tax, TaxRate
from dougong_product.entities.units import Dimension, UnitOfMeasure

__all__ = [
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
]
