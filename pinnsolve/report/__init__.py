"""The report: one HTML page of a run."""

from pinnsolve.report.page import report as report
