"""The planner held against the plain resolvers, on random documents, people and records."""

from dougong.testing.oracle.comparison import Difference
from dougong.testing.oracle.examples import Example
from dougong.testing.oracle.oracle import Oracle

__all__ = ["Difference", "Example", "Oracle"]
