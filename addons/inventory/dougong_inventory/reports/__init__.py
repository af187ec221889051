"""What can be asked about the stock."""
