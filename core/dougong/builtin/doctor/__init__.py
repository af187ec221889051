"""What is wrong with an installation, or worth knowing, as sentences: `dougong doctor`."""
