"""A pandapower network as a NetworkCase; its tables are read as they are, pandapower is not imported here."""
