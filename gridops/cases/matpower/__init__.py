"""MATPOWER case files, read without running them."""
