"""What is filled in by itself, and what is not let happen any more."""

from dougong_sales_order.hooks.orders import (
    ORDER_NUMBERS,
    change_drafts_only,
    change_lines_of_drafts_only,
    delete_drafts_only,
    delete_lines_of_drafts_only,
    fill_in_what_is_not_said,
    keep_number_and_currency,
    price_new_lines,
    price_what_is_changed,
    ship_to_the_customer,
    submit_what_somebody_buys,
)

__all__ = [
    "ORDER_NUMBERS",
    "change_drafts_only",
    "change_lines_of_drafts_only",
    "delete_drafts_only",
    "delete_lines_of_drafts_only",
    "fill_in_what_is_not_said",
    "keep_number_and_currency",
    "price_new_lines",
    "price_what_is_changed",
    "ship_to_the_customer",
    "submit_what_somebody_buys",
]
