"""How live an install is, and how quickly a worker starts: `make bench-install`, `make bench-start`."""
