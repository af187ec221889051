"""What the API says of steps, checklists and versions beyond their fields."""
