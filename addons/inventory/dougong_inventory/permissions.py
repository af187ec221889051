"""What people may do in the inventory beyond reading and writing its records."""

from dougong import Permission

MOVE_STOCK = Permission("inventory.move_stock", "Complete and cancel moves, and book counts.")
AUDIT_STOCK = Permission("inventory.audit_stock", "Compare quantities with the moves behind them.")
