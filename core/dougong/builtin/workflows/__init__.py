"""What workflows have beyond their steps: limits, an organisation's own settings, pictures."""
