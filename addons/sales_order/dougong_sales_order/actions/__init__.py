"""What is done besides the steps."""
