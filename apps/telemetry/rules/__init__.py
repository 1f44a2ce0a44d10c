"""What a gateway may be told: the settings and the address grammar of every protocol. Pure."""
