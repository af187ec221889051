"""How what is sold moves from step to step."""

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
    "confirm",
    "decline",
    "order_workflow",
    "reject",
    "revise",
    "ship",
    "submit",
    "verify",
]
