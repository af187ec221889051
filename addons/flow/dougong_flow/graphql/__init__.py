"""What the API shows besides records: instructions, pictures, differences, packages, one's tasks."""
