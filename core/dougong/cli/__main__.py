"""`python -m dougong.cli` is the command `dougong`."""

from dougong.cli import main

main()
