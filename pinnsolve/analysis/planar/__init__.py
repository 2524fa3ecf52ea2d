"""What a planar autonomous system does: fixed points, nullclines, limit cycles, separatrices and the portrait of them all."""
