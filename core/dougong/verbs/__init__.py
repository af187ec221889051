"""What can be done: actions, create / update / delete, and reports."""
