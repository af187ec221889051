"""Writing a new add-on from a template that is shipped with the core."""
