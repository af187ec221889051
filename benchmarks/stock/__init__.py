"""What keeping stock costs: orders that reserve, many waiters, a moment long ago, a hundred products."""
