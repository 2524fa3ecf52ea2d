"""The trained solution for use elsewhere: tables, an ONNX graph, a torch program."""

from pinnsolve.runs.export.write import Exported, export_run, export_solution

__all__ = ["Exported", "export_run", "export_solution"]
