"""What row rules cost: the same list of orders, asked by people whom different rules let see it."""
