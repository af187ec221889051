"""What people may do with products beyond reading and writing them."""

from dougong import Permission

SEE_COSTS = Permission("product.see_costs", "See and set what products cost us.")
ASK_PRICES = Permission("product.ask_prices", "Ask what products cost, and what amounts come to.")
ADD_VARIANTS = Permission("product.add_variants", "Sell product families in more variants.")
