"""Goods and services, and what they cost."""

from dougong import AddOn
from dougong_product.entities import Product, ProductKind
from dougong_product.roles import EDITOR, READER

addon = AddOn(name="product", title="Products")

__all__ = ["EDITOR", "READER", "Product", "ProductKind", "addon"]
