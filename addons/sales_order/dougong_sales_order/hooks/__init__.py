"""What is filled in by itself, and what is not let happen any more."""
