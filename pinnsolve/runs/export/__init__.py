"""The trained solution for use elsewhere: tables, an ONNX graph, a torch program."""

from pinnsolve.runs.export.write import SUFFIXES, Exported, export_run, export_solution

__all__ = ["SUFFIXES", "Exported", "export_run", "export_solution"]
