"""What people may do with reservations beyond reading them."""

from dougong import Permission

AUDIT_RESERVATIONS = Permission(
    "inventory.audit_reservations",
    "Compare what is reserved with the order lines that it is reserved for.",
)
