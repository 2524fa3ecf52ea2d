"""Parameters and initial values from data."""
