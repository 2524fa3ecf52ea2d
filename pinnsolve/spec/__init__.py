"""The problem file: its keys, reading it with places for every message, and writing it back."""

from pinnsolve.spec.describe import describe as describe
from pinnsolve.spec.describe import describe_text as describe_text
from pinnsolve.spec.json_schema import json_schema as json_schema
from pinnsolve.spec.load import fault_to_json as fault_to_json
from pinnsolve.spec.load import load_problem as load_problem
from pinnsolve.spec.mapping import to_mapping as to_mapping
from pinnsolve.spec.overrides import parse_override as parse_override
from pinnsolve.spec.python_system import PythonSystem as PythonSystem
