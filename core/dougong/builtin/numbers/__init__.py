"""Numbers of documents: drawn from a series, by a pattern that the company may change."""
