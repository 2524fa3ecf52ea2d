"""What is to be solved, as plain data: the system, its conditions and interval, the settings."""

from pinnsolve.problem.problem import Problem as Problem
from pinnsolve.problem.settings import (
    NetworkSettings as NetworkSettings,
    OutputSettings as OutputSettings,
    TrainingSettings as TrainingSettings,
)
from pinnsolve.problem.system import ExpressionSystem as ExpressionSystem, Kernels as Kernels, System as System
