"""From forward equations to random networks."""
