"""What people may do in the inventory beyond reading and writing its records."""

from dougong import Permission

MOVE_STOCK = Permission("inventory.move_stock", "Complete and cancel moves, and take them back.")
ADJUST_STOCK = Permission(
    "inventory.adjust_stock", "Book opening stock, and differences that no count has found."
)
AUDIT_STOCK = Permission("inventory.audit_stock", "Compare quantities with the moves behind them.")
SETTLE_ORDERS = Permission(
    "inventory.settle_orders", "Make transfers for orders, and make them fit their orders again."
)
PICK_GOODS = Permission("inventory.pick_goods", "Pick, check, pack and ship what is to leave.")
SUPERVISE_STOCK = Permission(
    "inventory.supervise_stock",
    "Hold transfers, call them off, and give goods that are kept for one to another.",
)
KEEP_LEVELS = Permission(
    "inventory.keep_levels", "See what is low, too much or old, and order what is missing."
)
ORDER_SUPPLIES = Permission(
    "inventory.order_supplies", "Order from headquarters, and say what arrived."
)
REVIEW_SUPPLIES = Permission(
    "inventory.review_supplies", "Decide what stores get, and who bears what did not arrive."
)
FUND_SUPPLIES = Permission(
    "inventory.fund_supplies", "Approve what stores order, within what they may owe."
)
SHIP_SUPPLIES = Permission("inventory.ship_supplies", "Send stores what was approved.")
SEE_SUPPLIES = Permission(
    "inventory.see_supplies",
    "See what is on its way to the stores in reach, and how long it takes.",
)
SEE_GIFTS = Permission("inventory.see_gifts", "See what was given away.")
SEE_WASTE = Permission(
    "inventory.see_waste", "See figures of too much, too old and needlessly moved stock."
)
GIVE_GIFTS = Permission("inventory.give_gifts", "Give approved gifts away, within one's quota.")
APPROVE_GIFTS = Permission("inventory.approve_gifts", "Approve gifts, and take them back.")
RESERVE_GIFTS = Permission("inventory.reserve_gifts", "Keep goods that are to be given away.")
REDEEM = Permission("inventory.redeem", "Hand over goods for points.")
SEE_STOCK = Permission("inventory.see_stock", "Ask what is in stock, and what was at a moment.")
COUNT_STOCK = Permission("inventory.count_stock", "Begin stock counts and enter what was counted.")
COMPARE_COUNTS = Permission(
    "inventory.compare_counts", "Have goods counted again, explain differences, ask to book them."
)
APPROVE_DIFFERENCES = Permission(
    "inventory.approve_differences", "Approve gains and losses up to the limit."
)
APPROVE_LARGE_DIFFERENCES = Permission(
    "inventory.approve_large_differences", "Approve gains and losses of any value."
)
BOOK_DIFFERENCES = Permission("inventory.book_differences", "Book approved gains and losses.")
SEE_STOCK_VALUES = Permission(
    "inventory.see_stock_values",
    "See and say what stock costs and is worth, and what gains and losses come to.",
)
TRACE_STOCK = Permission(
    "inventory.trace_stock", "Read the stock journal, and check vouchers against it."
)
APPROVE_FINDINGS = Permission(
    "inventory.approve_findings", "Approve what tracing found, and have it corrected."
)
CLOSE_PERIODS = Permission("inventory.close_periods", "Close periods of the stock books.")
REOPEN_PERIODS = Permission("inventory.reopen_periods", "Open closed periods again.")
