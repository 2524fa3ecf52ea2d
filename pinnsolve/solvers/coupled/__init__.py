"""Windows that are solved together: boundary values and closed orbits, where nothing is known at one end alone."""
