"""What runs by the clock on the wall."""
