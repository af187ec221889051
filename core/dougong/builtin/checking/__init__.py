"""What is looked at in an add-on before it is installed: its project, its code, what it declares."""
