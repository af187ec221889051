"""What happens while somebody looks: the change log, and the subscriptions that follow it."""
