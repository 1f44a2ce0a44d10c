"""GeoJSON (RFC 7946): places for a network that has none, or a whole network in a documented layout."""
