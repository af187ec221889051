"""Branch orders: the benchmark's orders once more, with a unit and a guarded field."""

from dougong import AddOn
from dougong_branches.entities import BranchOrder, BranchOrderState

addon = AddOn(name="branches", title="Branch orders", needs=["sales_order"])

__all__ = ["BranchOrder", "BranchOrderState", "addon"]
