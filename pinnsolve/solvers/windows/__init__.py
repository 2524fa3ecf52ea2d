"""Adaptive windows by Gauss–Newton: the default method."""
