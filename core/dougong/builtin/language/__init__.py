"""Language: what people read, in their own; catalogues of add-ons, and which language is chosen."""
