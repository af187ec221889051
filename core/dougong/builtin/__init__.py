"""Features of the core that are written through its own public words."""
