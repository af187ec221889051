"""Signing in: passwords, sessions and API keys, second factor, other providers, browsers."""
