"""Jobs: the queue in the database, those who work on it, and what administrators see of it."""
