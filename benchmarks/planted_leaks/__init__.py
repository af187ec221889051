"""Leaks that are planted in copies of the core, one by one, and how soon two worlds find them."""
