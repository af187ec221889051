"""Goods and services: how they are measured, taxed and priced."""

from dougong import AddOn
from dougong_product.actions import add_variant
from dougong_product.discounts import Band, Limits, bands, limits_of
from dougong_product.entities import (
    AttributeValue,
    Currency,
    Dimension,
    DiscountPolicy,
    ExchangeRate,
    Price,
    PriceList,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductFamily,
    ProductKind,
    ProductUnit,
    Tax,
    TaxRate,
    TaxRounding,
    TaxRoundingLevel,
    UnitOfMeasure,
    VariantValue,
)
from dougong_product.exchanging import exchanged
from dougong_product.measuring import converted, factor
from dougong_product.pricing import Found, Wanted, price_of, prices_of
from dougong_product.roles import EDITOR, READER
from dougong_product.rounding import document_taxes, rounded, shares, tax_in, tax_on
from dougong_product.taxing import Rounding, digits_of, rate_on, rounding_of

addon = AddOn(name="product", title="Products")

__all__ = [
    "EDITOR",
    "READER",
    "AttributeValue",
    "Band",
    "Currency",
    "Dimension",
    "DiscountPolicy",
    "ExchangeRate",
    "Found",
    "Limits",
    "Price",
    "PriceList",
    "Product",
    "ProductAttribute",
    "ProductCategory",
    "ProductFamily",
    "ProductKind",
    "ProductUnit",
    "Rounding",
    "Tax",
    "TaxRate",
    "TaxRounding",
    "TaxRoundingLevel",
    "UnitOfMeasure",
    "VariantValue",
    "Wanted",
    "add_variant",
    "addon",
    "bands",
    "converted",
    "digits_of",
    "document_taxes",
    "exchanged",
    "factor",
    "limits_of",
    "price_of",
    "prices_of",
    "rate_on",
    "rounded",
    "rounding_of",
    "shares",
    "tax_in",
    "tax_on",
]
