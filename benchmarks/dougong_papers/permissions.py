"""What people may be allowed to do with papers."""

from dougong import Permission

ACCEPT = Permission("papers.accept", "Have papers printed.")
