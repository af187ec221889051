"""How a move goes; its steps stand where what posts moves can use them."""

from dougong_inventory.completing import cancel, complete, move_workflow

__all__ = ["cancel", "complete", "move_workflow"]
