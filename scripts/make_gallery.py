"""Make docs/gallery.md: every problem of configs/ with its picture, its equations and its command.

    python scripts/make_gallery.py            solves all of them and draws their pictures
    python scripts/make_gallery.py NAME …     draws the pictures of these alone; the text is always written anew

The words are those of the files themselves: the comment at the head, the description, the equations as they were read.
"""

import argparse
import io
import re
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

import pinnsolve
from pinnsolve.analysis.planar.portrait import portrait
from pinnsolve.expressions import name_to_latex, symbol, to_latex
from pinnsolve.plots import draw_all
from pinnsolve.plots.portrait import draw_portrait
from pinnsolve.problem import ExpressionSystem, Problem
from pinnsolve.runs.starters import Starter, starters
from pinnsolve.solvers import Solution
from pinnsolve.spec import describe_text, load_problem

ROOT = Path(__file__).parents[1]
TUTORIAL = ROOT / "docs" / "tutorial.md"
CONFIGS, PAGE, PICTURES = ROOT / "configs", ROOT / "docs" / "gallery.md", ROOT / "docs" / "images" / "gallery"
WIDTH, COLOURS = 720, 64
"""Of a picture: pixels, and how many colours it is reduced to, which makes it a third as large."""
HEADINGS = {
    "initial value": "Initial value problems",
    "boundary value": "Boundary value problems",
    "closed orbit": "Closed orbits",
    "fit": "Fits to data",
}
HEAD = """\
# Gallery

The problems in [configs/](../configs/), each solved by the command at the end of its section. An installed pinnsolve brings them
along: `pinnsolve new --list` names them, and `pinnsolve new my.yaml --from van_der_pol` writes one to a file of your own.

This page is made by `python scripts/make_gallery.py`.
"""
SHOWN = ("time", "initial", "boundary", "guess", "period", "orbit", "estimated", "data", "observed", "noise", "parameters")
"""What is told of a problem below its equations, in the words of `pinnsolve validate`."""


def main() -> None:
    """Draw what is asked for and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="problems whose pictures are drawn; all if none is named")
    names = parser.parse_args().names
    found = starters()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for starter in found:
        if not names or starter.name in names:
            solution = pinnsolve.solve(CONFIGS / f"{starter.name}.yaml")
            size = save(figure(solution), PICTURES / f"{starter.name}.png")
            print(f"{starter.name:24} {solution.status}, {size / 1000:.0f} kB")
    if not names:
        for picture in PICTURES.glob("*.png"):
            if picture.stem not in {starter.name for starter in found}:
                picture.unlink()
    PAGE.write_text(page(found), encoding="utf-8")
    if not names:
        draw_tutorial()


def draw_tutorial() -> None:
    """The pictures of the tutorial, from its first problem file."""
    text = TUTORIAL.read_text(encoding="utf-8")
    name, _, block = text.partition("```yaml\n# ")[2].partition("```")[0].partition("\n")
    problem = load_problem("-", stdin_text=block, overrides={"name": Path(name).stem})
    save(figure(pinnsolve.solve(problem)), PICTURES.parent / "tutorial_phase.png")
    save(draw_portrait(portrait(problem)), PICTURES.parent / "tutorial_portrait.png")


def figure(solution: Solution) -> Figure:
    """The figure that tells most: of a fit the one with the data, in the plane the phase plane, else over the time."""
    figures = draw_all(solution)
    problem = solution.problem
    planar = "phase" in figures and problem.system.autonomous and problem.kind in ("initial", "periodic")
    return next(figures[name] for name in ("fit", "phase" if planar else "solution", "solution") if name in figures)


def save(drawn: Figure, path: Path) -> int:
    """Write a small PNG and return its size in bytes."""
    content = io.BytesIO()
    drawn.savefig(content, format="png", dpi=WIDTH / drawn.get_figwidth())
    image = Image.open(content).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(path, optimize=True)
    return path.stat().st_size


def page(found: Sequence[Starter]) -> str:
    """The whole page, by kind of problem."""
    parts = [HEAD]
    for kind, heading in HEADINGS.items():
        of_kind = [starter for starter in found if starter.kind == kind]
        if of_kind:
            links = ", ".join(f"[{starter.description}](#{anchor(starter.description)})" for starter in of_kind)
            parts += [f"## {heading}\n\n{links}\n", *(section(starter) for starter in of_kind)]
    return "\n".join(parts)


def anchor(heading: str) -> str:
    """The name of a heading in links, by the rules of GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(starter: Starter) -> str:
    """One problem."""
    problem = load_problem(CONFIGS / f"{starter.name}.yaml")
    return "\n".join(
        [
            f"### {starter.description}\n",
            f"{starter.about}\n",
            f"![{starter.description}](images/gallery/{starter.name}.png)\n",
            equations(problem),
            f"\n{statement(problem)}\n",
            f"`pinnsolve train configs/{starter.name}.yaml`\n",
        ]
    )


def equations(problem: Problem) -> str:
    """The equations as a block of mathematics, those of higher order in one piece."""
    system = problem.system
    assert isinstance(system, ExpressionSystem)
    lowered = {state for state, right in system.equations.items() if right == symbol(f"{state}'")}
    rows = [
        rf"{name_to_latex(state + chr(39))} &= {to_latex(right)} \\"
        for state, right in system.equations.items()
        if f"{state}'" not in system.states or state not in lowered
    ]
    return "\n".join(["```math", r"\begin{aligned}", *rows, r"\end{aligned}", "```"])


def statement(problem: Problem) -> str:
    """Conditions, interval and parameters in a line each."""
    rows = describe_text(problem).rpartition("\n\n")[2].splitlines()
    lines: list[str] = []
    for row in rows:
        label, text = row[:11].strip(), row[11:].strip()
        if label in SHOWN:
            lines.append(f"- {label}: {code(text)}")
        elif not label and lines:  # goes on from the row above
            lines[-1] += f"; {code(text)}"
    return "\n".join(lines)


def code(text: str) -> str:
    """Formulas as code, words as words."""
    return f"`{text}`" if re.search(r"[=^*']", text) else text


if __name__ == "__main__":
    main()
