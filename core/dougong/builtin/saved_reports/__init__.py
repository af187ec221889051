"""Saved reports: statistics that are kept under a name, asked again, and shared."""
