"""The composed GraphQL API: its types, reads compiled to one statement, and how a request runs."""
