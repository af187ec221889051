"""Papers: a step with four reactions, for `make bench-steps`."""

from dougong import AddOn
from dougong_papers.entities import Paper, PaperState, Remark
from dougong_papers.workflows import accept

addon = AddOn(name="papers", title="Papers")

__all__ = ["Paper", "PaperState", "Remark", "accept", "addon"]
