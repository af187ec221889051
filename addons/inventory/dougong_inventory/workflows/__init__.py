"""How moves and transfers go."""
