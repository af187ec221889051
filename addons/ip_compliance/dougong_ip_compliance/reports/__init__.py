"""How programmes stand, and what is due."""
