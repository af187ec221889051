"""Backups of a whole installation, and recovering from one, on any server."""
