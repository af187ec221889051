"""What stays as it is once others rely on it, and what cannot hold at the same time."""
