"""What every add-on promises."""

from pathlib import Path

from dougong.testing.contract import AddOnContract


class TestContract(AddOnContract):
    addon = "flow"
    folder = Path(__file__).parents[1]
