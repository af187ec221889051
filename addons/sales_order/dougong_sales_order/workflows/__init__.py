"""How what is sold moves from step to step."""

from dougong_sales_order.workflows.orders import (
    approve,
    cancel,
    confirm,
    order_workflow,
    reject,
    ship,
    submit,
)

__all__ = ["approve", "cancel", "confirm", "order_workflow", "reject", "ship", "submit"]
