"""Write the invented measurements in configs/data: exact solutions plus noise from a fixed seed.

    python scripts/make_data.py

The truth behind them is in the comment at the head of each file.
"""

from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

DATA = Path(__file__).resolve().parents[1] / "configs" / "data"


def pharmacokinetics():
    """Samples of blood, measured twice, two of the second measurements lost."""
    elimination, uptake, release, volume, dose, sd = 0.35, 0.6, 0.25, 12.0, 100.0, 0.08
    times = np.array([0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24])

    def slope(_t, y):
        return [-(elimination + uptake) * y[0] + release * y[1], uptake * y[0] - release * y[1]]

    blood = solve_ivp(slope, (0, 24), [dose, 0.0], t_eval=times, rtol=1e-11, atol=1e-11).y[0] / volume
    values = blood + sd * np.random.default_rng(7).normal(size=(2, len(times)))
    lines = [
        "# Concentration of a drug in the blood, mg per litre, two measurements of each sample. Invented: two compartments with",
        f"# elimination {elimination}, uptake {uptake}, release {release} per hour, volume {volume:g} l, dose {dose:g} mg,",
        f"# noise of standard deviation {sd} (scripts/make_data.py).",
        "hours,first,second",
    ]
    for row, time in enumerate(times):
        second = "" if time in (2.5, 12) else f"{values[1, row]:.3f}"
        lines.append(f"{time:g},{values[0, row]:.3f},{second}")
    return "pharmacokinetics.csv", lines


def epidemic():
    """New cases of each day, none on two days of the week."""
    beta, gamma, reported, population, sd = 0.55, 0.22, 0.4, 50000.0, 15.0

    def slope(_t, y):
        new = beta * y[0] * y[1] / population
        return [-new, new - gamma * y[1]]

    days = np.array([day for day in range(1, 71) if day % 7 not in (0, 6)], dtype=float)
    S, infected = solve_ivp(slope, (0, 70), [population - 10, 10.0], t_eval=days, rtol=1e-11, atol=1e-9).y
    exact = reported * beta * S * infected / population
    cases = np.maximum(0, np.round(exact + sd * np.random.default_rng(3).normal(size=len(days))))
    lines = [
        f"# New cases a day. Invented: an SIR model with beta {beta}, gamma {gamma} per day, {reported:g} of the cases reported,",
        f"# ten infected at first in a population of {population:g}, noise of standard deviation {sd:g} (scripts/make_data.py).",
        "day,cases",
    ]
    return "epidemic.csv", [*lines, *(f"{day:g},{count:.0f}" for day, count in zip(days, cases, strict=True))]


def main():
    for name, lines in (pharmacokinetics(), epidemic()):
        (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
