"""What people may do in the library beyond reading and writing."""

from dougong import Permission

LEND = Permission("library.lend", "Lend books and take them back.")
SEE_LOANS = Permission("library.see_loans", "See how many loans there are.")
