"""``pinnsolve schema``: what editors need to complete and check a problem file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pinnsolve.cli import options
from pinnsolve.cli.output import show, show_json

Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write to this file, such as problem.schema.json, instead of stdout."),
]


def schema(
    output: Output = None,
    json: options.Json = False,
    _quiet: options.Quiet = False,
    _verbose: options.Verbose = False,
) -> int:
    """Print the JSON Schema of the problem file, by which editors complete and check it.

    Put this line at the head of a problem file that lies beside problem.schema.json:

    # yaml-language-server: $schema=problem.schema.json
    """
    from pinnsolve.runs.files import json_text, write_file
    from pinnsolve.runs.starters import SCHEMA_LINE
    from pinnsolve.spec import json_schema

    document = json_schema()
    if output is None:
        show_json(document)
        return 0
    write_file(output, json_text(document))
    if json:
        show_json({"file": str(output)})
    else:
        show(f"{output}: the keys of a problem file\nat the head of problem files beside it: {SCHEMA_LINE}{output.name}")
    return 0
