"""What is done in a warehouse beyond the steps of its documents."""
