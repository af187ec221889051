"""What Python answers of the stock: what lay where, what moved, and what vouchers say."""
