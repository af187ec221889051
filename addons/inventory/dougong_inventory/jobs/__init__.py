"""What the inventory does by itself."""
