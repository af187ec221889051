"""What add-ons are tested with: a real PostgreSQL, worlds to act in, and the contract."""

from dougong.testing.worlds import LiveWorld, World

__all__ = ["LiveWorld", "World"]
