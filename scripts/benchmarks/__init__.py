"""One module a benchmark; `scripts/benchmark.py` runs them."""
