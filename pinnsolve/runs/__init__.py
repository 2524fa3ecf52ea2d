"""Run directories: what a command writes, how it is read again, and the training that fills them."""
