"""From an equation to a verdict."""
