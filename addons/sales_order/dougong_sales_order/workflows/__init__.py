"""How what is sold moves from step to step."""

from dougong_sales_order.workflows.amendments import (
    adopt,
    amendment_workflow,
    countersign,
    drop,
    propose,
    rework,
)
from dougong_sales_order.workflows.concessions import (
    concession_workflow,
    deny,
    grant,
    withdraw,
)
from dougong_sales_order.workflows.contracts import (
    activate,
    contract_workflow,
    end,
    endorse,
    hand_in,
    send_back,
    sign,
    void,
)
from dougong_sales_order.workflows.deliveries import (
    close_short,
)
from dougong_sales_order.workflows.orders import (
    approve,
    cancel,
    confirm,
    order_workflow,
    refuse,
    reject,
    revise,
    ship,
    submit,
    verify,
)
from dougong_sales_order.workflows.quotations import (
    accept,
    decline,
    expire,
    quotation_workflow,
    send,
    supersede,
)

__all__ = [
    "accept",
    "activate",
    "adopt",
    "amendment_workflow",
    "approve",
    "cancel",
    "close_short",
    "concession_workflow",
    "confirm",
    "contract_workflow",
    "countersign",
    "decline",
    "deny",
    "drop",
    "end",
    "endorse",
    "expire",
    "grant",
    "hand_in",
    "order_workflow",
    "propose",
    "quotation_workflow",
    "refuse",
    "reject",
    "revise",
    "rework",
    "send",
    "send_back",
    "ship",
    "sign",
    "submit",
    "supersede",
    "verify",
    "void",
    "withdraw",
]
