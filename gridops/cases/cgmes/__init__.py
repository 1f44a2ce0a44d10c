"""CGMES 2.4.15 (CIM16), read with the standard library's XML parser."""
