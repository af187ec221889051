"""Orders of five lines, created and confirmed by several clients, beside others."""
