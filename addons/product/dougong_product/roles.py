"""Who may do what with products."""

from dougong import Role, all_rows, change, read
from dougong_product.entities import Product

READER = Role(
    "product.reader",
    "Sees all products and their prices.",
    grants=[read(Product)],
    rows=[all_rows(Product)],
)
EDITOR = Role(
    "product.editor",
    "Keeps products and their prices up to date.",
    grants=change(Product),
    rows=[all_rows(Product)],
)
