"""Who may do what: users, permissions, row rules, and the context that verbs are given."""
