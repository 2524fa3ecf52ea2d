"""``schema``: the JSON Schema on stdout or in a file."""

from __future__ import annotations

import json

from pinnsolve.spec import json_schema


def test_stdout_takes_the_schema_alone(call):
    done = call("schema")
    assert (done.code, done.err, done.json()) == (0, "", json_schema())


def test_a_file_takes_it_and_the_line_for_editors_is_shown(call, tmp_path):
    path = tmp_path / "problem.schema.json"
    done = call("schema", "--output", path)
    assert json.loads(path.read_text(encoding="utf-8")) == json_schema()
    assert done.out.splitlines()[-1].endswith("# yaml-language-server: $schema=problem.schema.json")
    assert call("schema", "--output", path, "--json").json() == {"file": str(path)}


def test_a_place_that_does_not_exist_is_one_sentence(call, tmp_path):
    done = call("schema", "--output", tmp_path / "none" / "problem.schema.json")
    assert done.code == 1
    assert "problem.schema.json: No such file or directory" in done.err
