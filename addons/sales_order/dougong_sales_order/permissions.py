"""What people may do with orders beyond reading and writing them."""

from dougong import Permission

SUBMIT = Permission("sales_order.submit", "Submit draft orders for review.")
VERIFY = Permission("sales_order.verify", "Say that submitted orders are real, or send them back.")
APPROVE = Permission("sales_order.approve", "Approve the terms of real orders, or send them back.")
CONFIRM = Permission("sales_order.confirm", "Confirm approved orders to the customer.")
SHIP = Permission("sales_order.ship", "Record that confirmed orders have left the house.")
CANCEL = Permission("sales_order.cancel", "Cancel orders that have not been shipped.")
SEE_MARGIN = Permission("sales_order.see_margin", "See what orders cost us and what they earn.")
SEE_CREDIT = Permission(
    "sales_order.see_credit", "See customers' credit limits, and how much of them is taken."
)
SET_CREDIT = Permission("sales_order.set_credit", "Set customers' credit limits.")
OVERRIDE_CREDIT = Permission(
    "sales_order.override_credit", "Let orders go beyond their customer's credit limit."
)
SEE_SALES = Permission("sales_order.see_sales", "See sales figures over the orders in reach.")
PROMISE = Permission("sales_order.promise", "Promise customers another day for what is open.")
GRANT_CONCESSIONS = Permission(
    "sales_order.grant_concessions", "Allow what others may not let off by themselves."
)
QUOTE = Permission(
    "sales_order.quote", "Send quotations, record what customers answer, and revise them."
)
NEGOTIATE = Permission(
    "sales_order.negotiate", "Hand contracts in for review, and put into force what was approved."
)
REVIEW_CONTRACTS = Permission(
    "sales_order.review_contracts", "Approve contracts up to the limit, or send them back."
)
REVIEW_LARGE_CONTRACTS = Permission(
    "sales_order.review_large_contracts", "Approve contracts of any amount."
)
VOID_CONTRACTS = Permission("sales_order.void_contracts", "Call contracts off.")
