"""Everything between Dougong and PostgreSQL."""
