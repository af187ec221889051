"""What people may do with products beyond reading and writing them."""

from dougong import Permission

ASK_PRICES = Permission("product.ask_prices", "Ask what products cost, and what amounts come to.")
