"""What is to be solved, as plain data: the system, its conditions and interval, the settings."""

from pinnsolve.problem.conditions import Boundary as Boundary
from pinnsolve.problem.conditions import Condition as Condition
from pinnsolve.problem.fitting import Data as Data
from pinnsolve.problem.fitting import Fit as Fit
from pinnsolve.problem.fitting import FitParameter as FitParameter
from pinnsolve.problem.fitting import Observable as Observable
from pinnsolve.problem.periodic import Periodic as Periodic
from pinnsolve.problem.problem import Problem as Problem
from pinnsolve.problem.settings import (
    NetworkSettings as NetworkSettings,
)
from pinnsolve.problem.settings import (
    OutputSettings as OutputSettings,
)
from pinnsolve.problem.settings import (
    TrainingSettings as TrainingSettings,
)
from pinnsolve.problem.system import (
    ExpressionSystem as ExpressionSystem,
)
from pinnsolve.problem.system import (
    Kernels as Kernels,
)
from pinnsolve.problem.system import (
    PieceKernels as PieceKernels,
)
from pinnsolve.problem.system import (
    System as System,
)
