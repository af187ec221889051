"""New code for installed add-ons: what its revisions do to servers that still have the old code."""
