"""What people may be allowed to do with branch orders."""

from dougong import Permission

SEE_MARGIN = Permission("branches.see_margin", "See what stays with us.")
