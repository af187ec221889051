"""What is remembered of products, how they are measured, taxed and priced."""

from dougong_product.entities.currencies import Currency, ExchangeRate
from dougong_product.entities.discounts import DiscountPolicy
from dougong_product.entities.families import (
    AttributeValue,
    ProductAttribute,
    ProductCategory,
    ProductFamily,
    ProductKind,
)
from dougong_product.entities.prices import Price, PriceList
from dougong_product.entities.products import Product, ProductUnit, VariantValue
from dougong_product.entities.taxes import Tax, TaxRate, TaxRounding, TaxRoundingLevel
from dougong_product.entities.units import Dimension, UnitOfMeasure

__all__ = [
    "AttributeValue",
    "Currency",
    "Dimension",
    "DiscountPolicy",
    "ExchangeRate",
    "Price",
    "PriceList",
    "Product",
    "ProductAttribute",
    "ProductCategory",
    "ProductFamily",
    "ProductKind",
    "ProductUnit",
    "Tax",
    "TaxRate",
    "TaxRounding",
    "TaxRoundingLevel",
    "UnitOfMeasure",
    "VariantValue",
]
