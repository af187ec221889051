"""Add-ons in the API: what there is, what a change would do, and having it done."""
