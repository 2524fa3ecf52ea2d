"""What makes the residual small: one file a method, one protocol, one loop."""
