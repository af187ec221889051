"""On which shelves a product lies: its own, and those that this one is part of."""

from dougong_product.entities import ProductCategory


def lineage(category: ProductCategory | None) -> list[ProductCategory]:
    """A category and all in which it stands, the nearest first."""
    found: list[ProductCategory] = []
    while category is not None and category not in found:
        found.append(category)
        category = category.parent
    return found
