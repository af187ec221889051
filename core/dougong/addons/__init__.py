"""What an add-on is, which are there, and how they come and go."""
