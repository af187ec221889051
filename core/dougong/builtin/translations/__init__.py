"""Translations: what people have entered, in other languages; beside it, and never instead of it."""
