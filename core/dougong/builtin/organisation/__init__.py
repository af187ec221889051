"""What a company does with its roles: who may hold and delegate them, and what is changed in them."""
