"""How what is sold moves from step to step."""

from dougong_sales_order.workflows.concessions import (
    concession_workflow,
    deny,
    grant,
    withdraw,
)
from dougong_sales_order.workflows.deliveries import (
    close_short,
)
from dougong_sales_order.workflows.orders import (
    approve,
    cancel,
    confirm,
    decline,
    order_workflow,
    reject,
    revise,
    ship,
    submit,
    verify,
)

__all__ = [
    "approve",
    "cancel",
    "close_short",
    "concession_workflow",
    "confirm",
    "decline",
    "deny",
    "grant",
    "order_workflow",
    "reject",
    "revise",
    "ship",
    "submit",
    "verify",
    "withdraw",
]
