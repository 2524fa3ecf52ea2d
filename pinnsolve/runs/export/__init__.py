"""The trained solution for use elsewhere: tables, an ONNX graph, a torch program."""

from pinnsolve.runs.export.write import Exported, export, export_solution

__all__ = ["Exported", "export", "export_solution"]
