"""What every add-on promises."""

from pathlib import Path

from dougong.testing.contract import AddOnContract


class TestContract(AddOnContract):
    addon = "sales_order"
    folder = Path(__file__).parents[1]
