"""Facts about a network, a system or a solution: checks against independent routes."""
