"""What is done in programmes beyond steps."""
