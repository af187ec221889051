"""What keeps time, definitions, checklists and approvals right, whoever writes them."""
