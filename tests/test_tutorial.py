"""Everything that docs/tutorial.md tells to type does what is shown there, but for the numbers."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from pinnsolve.cli.main import run

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?")
CODES = {"mistakes.yaml": 2, "adam": 3}
"""By a word of the command; 0 otherwise."""


def blocks():
    text = TUTORIAL.read_text(encoding="utf-8")
    assert text.count("```") == 2 * (len(BLOCK.findall(text)) + text.count("```math"))
    return BLOCK.findall(text)


def commands(console):
    """Command and shown answer of every line that begins with $."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, _, answer = part.partition("\n")
        yield command, answer


def words(text):
    """The words with every number replaced, so that neither line ends nor digits matter."""
    return NUMBER.sub("#", text.replace("\\", "/")).split()


def agrees(answer, shown):
    """Whether the answer is what is shown; a line of three dots stands for anything."""
    at = 0
    parts = [words(part) for part in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    given = words(answer)
    if len(parts) == 1:
        return given == parts[0]
    for part in parts:
        found = next((i for i in range(at, len(given) - len(part) + 1) if given[i : i + len(part)] == part), None)
        if found is None:
            return False
        at = found + len(part)
    return True


def test_every_step_does_what_is_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = 0
    for language, block in blocks():
        if language == "yaml":
            name = block.partition("\n")[0].removeprefix("# ")
            Path(name).write_text(block, encoding="utf-8")
            continue
        for command, shown in commands(block):
            if command == "echo $?":
                assert shown.strip() == str(code)
                continue
            program, *arguments = shlex.split(command)
            assert program == "pinnsolve"
            capsys.readouterr()
            code = run(arguments)
            out, err = capsys.readouterr()
            assert code == next((CODES[word] for word in CODES if word in arguments), 0), command
            assert agrees(out or err, shown), f"{command}\n{out or err}"


@pytest.mark.parametrize("picture", re.findall(r"!\[.*\]\((.*)\)", TUTORIAL.read_text(encoding="utf-8")))
def test_the_pictures_are_there_and_small(picture):
    assert (TUTORIAL.parent / picture).stat().st_size < 60_000


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", TUTORIAL.read_text(encoding="utf-8")):
        assert (TUTORIAL.parent / target).exists(), target
