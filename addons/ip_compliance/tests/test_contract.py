"""What every add-on promises."""

from pathlib import Path

from dougong.testing.contract import AddOnContract


class TestContract(AddOnContract):
    addon = "ip_compliance"
    folder = Path(__file__).parents[1]
