"""What turns a problem into a solution."""

from pinnsolve.solvers.solution import Solution as Solution
from pinnsolve.solvers.solve import solve as solve
