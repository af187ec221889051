"""What people may do with orders beyond reading and writing them."""

from dougong import Permission

SUBMIT = Permission("sales_order.submit", "Submit draft orders for approval.")
APPROVE = Permission("sales_order.approve", "Approve submitted orders, or send them back.")
CONFIRM = Permission("sales_order.confirm", "Confirm approved orders to the customer.")
SHIP = Permission("sales_order.ship", "Record that confirmed orders have left the house.")
CANCEL = Permission("sales_order.cancel", "Cancel orders that have not been shipped.")
SEE_MARGIN = Permission("sales_order.see_margin", "See what orders cost us and what they earn.")
SEE_SALES = Permission("sales_order.see_sales", "See sales figures over the orders in reach.")
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
