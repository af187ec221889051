"""What people do with sales beyond moving them from step to step."""
