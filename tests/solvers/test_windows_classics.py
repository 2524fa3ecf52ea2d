"""Published test problems with the values at their ends: DETEST (Hull, Enright, Fellen and Sedgwick 1972), its stiff part
(Enright, Hull and Lindberg 1975), the CWI/Bari collection (Mazzia and Magherini 2008) and Hairer, Nørsett and Wanner.

The ends were computed in quadruple precision by Radau IIA with ten stages at two tolerances; those of HIRES, the
Oregonator, Robertson, Van der Pol and Chemical Akzo agree with the published ones in all digits. Sizes are the largest
absolute values over the interval.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem


def problem(equations, initial, end, values, sizes, **parameters):
    """A problem file from t = 0 on, and what is known of its end."""
    rows = dict(row.strip().split("' = ") for row in equations.split(";"))
    source = {
        "system": {"equations": {f"{name}'": row for name, row in rows.items()}, "parameters": parameters},
        "initial": dict(zip(rows, initial, strict=True)),
        "time": [0, end],
    }
    return source, values, sizes


OREGONATOR = "a' = 77.27*(b - a*b + a - 8.375e-6*a^2); b' = (-b - a*b + c)/77.27; c' = 0.161*(a - c)"
KEPLER = "x' = u; y' = v; u' = -x/(x^2 + y^2)^1.5; v' = -y/(x^2 + y^2)^1.5"
E5 = (
    "a' = -7.89e-10*a - 1.1e7*a*c; b' = 7.89e-10*a - 1.13e9*b*c;"
    "c' = 7.89e-10*a - 1.1e7*a*c + 1.13e3*d - 1.13e9*b*c; d' = 1.1e7*a*c - 1.13e3*d"
)
AREN = (
    "x' = u; y' = v;"
    "u' = x + 2*v - (1 - m)*(x + m)/((x + m)^2 + y^2)^1.5 - m*(x - 1 + m)/((x - 1 + m)^2 + y^2)^1.5;"
    "v' = y - 2*u - (1 - m)*y/((x + m)^2 + y^2)^1.5 - m*y/((x - 1 + m)^2 + y^2)^1.5"
)
CHEMICAL_AKZO = (
    "a' = -37.4*a^4*sqrt(b) + 0.58*c*d - 0.58/34.4*a*f - 0.09*a*d^2;"
    "b' = -9.35*a^4*sqrt(b) - 0.09*a*d^2 - 0.21*(115.83*a*d)^2*sqrt(b) + 3.3*(0.9/737 - b);"
    "c' = 18.7*a^4*sqrt(b) - 0.58*c*d + 0.58/34.4*a*f;"
    "d' = -0.58*c*d + 0.58/34.4*a*f - 0.18*a*d^2;"
    "f' = 0.58*c*d - 0.58/34.4*a*f + 0.42*(115.83*a*d)^2*sqrt(b)"
)
HIRES = (
    "a' = -1.71*a + 0.43*b + 8.32*c + 0.0007; b' = 1.71*a - 8.75*b; c' = -10.03*c + 0.43*d + 0.035*f;"
    "d' = 8.32*b + 1.71*c - 1.12*d; f' = -1.745*f + 0.43*g + 0.43*h;"
    "g' = -280*g*i + 0.69*d + 1.71*f - 0.43*g + 0.69*h; h' = 280*g*i - 1.81*h; i' = -280*g*i + 1.81*h"
)
CLASSICS = {
    "DETEST A5": problem("y' = (y - t)/(y + t)", [4], 20, [-0.7887826688964015], [6.20277]),
    "DETEST B1": problem(
        "a' = 2*(a - a*b); b' = -(b - a*b)", [1, 3], 20, [0.6761876008576606, 0.18608160996400297], [4.2488, 3.0]
    ),
    "DETEST B3": problem(
        "a' = -a; b' = a - b^2; c' = b^2",
        [1, 0, 0],
        20,
        [2.061153622438558e-09, 0.05257228022048512, 0.9474277177183612],
        [1, 0.519393, 0.947428],
    ),
    "DETEST B5": problem(
        "a' = b*c; b' = -a*c; c' = -0.51*a*b",
        [0, 1, 1],
        20,
        [-0.9396570798729204, -0.342117775400075, 0.7414126596199954],
        [0.999979, 1, 1],
    ),
    "DETEST D5": problem(
        KEPLER,
        [0.1, 0, 0, sqrt(1.9 / 0.1)],
        20,
        [-1.2952662509875885, 0.4003938963792291, -0.6775390924707452, -0.1270838154278723],
        [1.89999, 0.435889, 2.29415, 4.3589],
    ),
    "DETEST E3": problem(
        "y' = v; v' = y^3/6 - y + 2*sin(2.78535*t)",
        [0, 0],
        20,
        [-0.10041788586472507, 0.2411400132095934],
        [1.16581, 1.27689],
    ),
    "stiff DETEST B5": problem(
        "a' = -10*a + 100*b; b' = -100*a - 10*b; c' = -4*c; d' = -d; f' = -0.5*f; g' = -0.1*g",
        [1] * 6,
        20,
        [0, 0, 1.804851387803676e-35, 2.061153622438558e-09, 4.5399929762484854e-05, 0.13533528323661267],
        [1.3139, 1.1218, 1, 1, 1, 1],
    ),
    "stiff DETEST C5": problem(
        "a' = -a + 2; b' = -10*b + 20*a^2; c' = -40*c + 80*(a^2 + b^2); d' = -100*d + 200*(a^2 + b^2 + c^2)",
        [1] * 4,
        20,
        [1.9999999979388463, 7.999999981678634, 135.99999938177135, 37127.999659677625],
        [2, 8, 136, 37128],
    ),
    "stiff DETEST D2": problem(
        "a' = -0.04*a + 0.01*b*c; b' = 400*a - 100*b*c - 3000*b^2; c' = 30*b^2",
        [1, 0, 0],
        40,
        [0.715827068719405, 0.09185534764557764, 28.416374574583035],
        [1, 0.364872, 28.4164],
    ),
    "stiff DETEST D6": problem(
        "a' = -a + 1e8*c*(1 - a); b' = -10*b + 3e7*c*(1 - b); c' = a - 1e8*c*(1 - a) + 10*b - 3e7*c*(1 - b)",
        [1, 0, 0],
        1,
        [0.8523995440749992, 0.14760039819412754, 5.7730873339499876e-08],
        [1, 0.1476, 5.77309e-08],
    ),
    "stiff DETEST E3": problem(
        "a' = -(55 + c)*a + 65*b; b' = 0.0785*(a - b); c' = 0.1*a",
        [1, 1, 0],
        500,
        [0.004253052196880126, 0.005317019547493398, 26.276477487491075],
        [1.62893, 1.60242, 26.2765],
    ),
    "stiff DETEST F2": problem(
        "a' = -a - a*b + 294*b; b' = a*(1 - b)/98 - 3*b",
        [1, 0],
        240,
        [0.39126991222920116, 0.0013299641660848398],
        [1, 0.0025313],
    ),
    "stiff DETEST F4": problem(
        OREGONATOR, [4, 1.1, 4], 300, [4.418303324022597, 1.2902447129164247, 3.019282584050493], [117843, 1768.08, 31263.8]
    ),
    "Oregonator": problem(
        OREGONATOR, [1, 2, 3], 360, [1.0008148703185227, 1228.1785215498874, 132.05549428465045], [117845, 1767.87, 31263.8]
    ),
    "HIRES": problem(
        HIRES,
        [1, 0, 0, 0, 0, 0, 0, 0.0057],
        321.8122,
        [
            0.0007371312573325542,
            0.00014424857263161596,
            5.888729740967339e-05,
            0.0011756513432831254,
            0.002386356198830949,
            0.0062389682527415995,
            0.002849998395185501,
            0.0028500016048144993,
        ],
        [1, 0.132416, 0.0195978, 0.458537, 0.18608, 0.749747, 0.00565128, 0.0057],
    ),
    "Chemical Akzo": problem(
        CHEMICAL_AKZO,
        [0.444, 0.00123, 0, 0.007, 0],
        180,
        [0.11507949206617021, 0.001203831471567715, 0.16115628874079743, 0.0003656156421249283, 0.017080108852644042],
        [0.444, 0.00123, 0.161156, 0.007, 0.0170801],
    ),
    "Robertson": problem(
        "a' = -0.04*a + 1e4*b*c; b' = 0.04*a - 1e4*b*c - 3e7*b^2; c' = 3e7*b^2",
        [1, 0, 0],
        1e11,
        [2.083340149701294e-08, 8.333360770334784e-14, 0.9999999791665152],
        [1, 3.64872e-05, 1],
    ),
    "E5": problem(
        E5,
        [1.76e-3, 0, 0, 0],
        1e13,
        [0, 8.861233521291083e-23, 8.861233521291085e-23, 0],
        [0.00176, 1.45987e-10, 8.26106e-12, 1.37757e-10],
    ),
    "Van der Pol, mu = 1000": problem(
        "y' = z; z' = 1000*(1 - y^2)*z - y", [2, 0], 2000, [1.706167732170465, -0.0008928097010248166], [2.00007, 1333.52]
    ),
    "Arenstorf": problem(
        AREN,
        [0.994, 0, 0, -2.00158510637908252240537862224],
        17.0652165601579625588917206249,
        [0.994, 0, 0, -2.00158510637908252240537862224],  # periodic; its digits move the end by 5e-11
        [1.24475, 1.14194, 1.19077, 2.00159],
        m=0.012277471,
    ),
    "square wave": problem(
        "x' = v; v' = -x - 0.1*v + sign(sin(pi*t))", [0, 0], 20, [0.1771664741111441, -0.4700231866412712], [0.645165, 0.822981]
    ),
    "Duffing": problem(
        "x' = v; v' = -0.3*v + x - x^3 + 0.5*cos(1.2*t)",
        [1, 0],
        60,
        [-1.100716017722911, -0.21189382191552927],
        [1.41902, 0.80763],
    ),
    "Curtiss and Hirschfelder": problem("y' = -50*(y - cos(t))", [0], 10, [-0.8496121064516592], [0.996576]),
}


@pytest.mark.parametrize("accuracy", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("name", CLASSICS)
def test_classic_problems_converge_to_their_published_ends(name, accuracy):
    source, values, sizes = CLASSICS[name]
    solution = solve(load_problem({**source, "accuracy": accuracy}))
    assert solution.status == "converged", solution.message
    errors = np.abs(solution(np.array([source["time"][1]]))[0] - values) / sizes
    assert errors.max() <= accuracy


def test_many_states_that_all_start_at_zero_and_at_rest_find_their_sizes():
    """Their first derivatives are zero too, so that no guess tells how large they become; too many for an explicit sweep."""
    k = 15
    rows = {"x0": "sin(3*t) - x0", **{f"x{i}": f"x{i - 1} - x{i}" for i in range(1, k)}}
    source = {"system": {"equations": rows}, "initial": dict.fromkeys(rows, 0), "time": [0, 10]}
    solution = solve(load_problem(source))
    assert solution.status == "converged", solution.message
    # the stationary part of x0 = (sin 3t − 3 cos 3t)/10, the rest decays
    t = np.linspace(0, 10, 101)
    np.testing.assert_allclose(solution(t)[:, 0], (np.sin(3 * t) - 3 * np.cos(3 * t) + 3 * np.exp(-t)) / 10, atol=1e-6)


def test_a_slow_manifold_whose_drift_is_lost_in_rounding_is_not_claimed():
    """Stiff DETEST F5: terms of size 1e3 cancel so far that f rounds to zero, while the solution moves on by 1e-9."""
    source, values, sizes = problem(
        "a' = 1e11*(-3*a*b + 0.0012*d - 9*a*c); b' = -3e11*a*b + 2e7*d; c' = 1e11*(-9*a*c + 0.001*d);"
        "d' = 1e11*(3*a*b - 0.0012*d + 9*a*c)",
        [3.365e-7, 8.261e-3, 1.642e-3, 9.38e-6],
        100,
        [1.713564282647302e-07, 0.0037135630756685643, 0.006189271792780941, 9.54514357173527e-06],
        [3.365e-07, 0.008261, 0.00618927, 9.54514e-06],
    )
    for accuracy in (1e-4, 1e-10):
        solution = solve(load_problem({**source, "accuracy": accuracy}))
        error = (np.abs(solution(100.0) - values) / sizes).max()
        assert solution.status == ("converged" if accuracy == 1e-4 else "not_converged")
        assert error <= solution.estimated
