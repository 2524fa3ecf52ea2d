"""Compute the fixed maps of a window and write pinnsolve/solvers/windows/tables.npz.

    python scripts/make_tables.py

Everything is computed in 50-digit arithmetic and rounded to float64 once: the derivative matrix of the hidden layer has
a condition number near 3e12, so the same maps computed in float64 would be good to four digits only. See
pinnsolve/solvers/windows/table.py for what the arrays mean. Needs mpmath.
"""

from pathlib import Path

import mpmath
import numpy as np

# One common weight for all 2n units, chosen for each n such that the condition of D is about 3e12.
WEIGHTS = {8: 0.18, 12: 0.3, 16: 0.55, 20: 0.8, 24: 1.1}
REACH = 3.0  # biases −s c with c equispaced on [−3, 3]: the kinks of the layer lie well outside the window
DIGITS = 50
GAUSS = (12, 16)  # numbers of Gauss points, for windows that are solved together rather than one after the other


def radau_nodes(n):
    """The n right-Radau points of (−1, 1]: zeros of P_n − P_{n−1}."""
    coefficients = np.zeros(n + 1)
    coefficients[n], coefficients[n - 1] = 1, -1
    tau = np.sort(np.polynomial.legendre.legroots(coefficients).real)
    tau[-1] = 1.0
    return tau


def gauss_nodes(n):
    """The n Gauss points of (−1, 1): zeros of P_n."""
    return np.polynomial.legendre.leggauss(n)[0]


def between(tau):
    """One point in every gap of (−1, tau_1, …, tau_n), in the middle of the angle. Not −1 itself: a jump of f exactly
    at the start of a window must not be seen from inside it.
    """
    angle = np.concatenate([[np.pi], np.arccos(tau)])
    return np.cos((angle[1:] + angle[:-1]) / 2)


def integral_map(tau, points):
    """Integrals from −1 to each tau of the polynomial through values at `points`: (len(tau), len(points))."""
    order = len(points)
    vandermonde = mpmath.matrix([[mpmath.legendre(j, x) for j in range(order)] for x in points])
    # ∫ P_j = (P_{j+1} − P_{j−1}) / (2j + 1), and P_j(−1) = (−1)^j; for j = 0 the integral is x + 1.
    rows = [
        [x + 1 if j == 0 else (mpmath.legendre(j + 1, x) - mpmath.legendre(j - 1, x)) / (2 * j + 1) for j in range(order)]
        for x in map(mpmath.mpf, tau)
    ]
    return mpmath.matrix(rows) * vandermonde**-1


def radau_table(n):
    """The arrays of n right-Radau points, the last of which is the end of the window."""
    tau = radau_nodes(n)
    return table(tau, between(tau), tau)


def gauss_table(n):
    """The arrays of n Gauss points. The end of the window is the last check point and has an integral of its own."""
    tau = gauss_nodes(n)
    ends = np.append(tau, 1.0)
    return table(tau, np.append(between(ends), 1.0), ends)


def table(tau, sigma, ends):
    """The arrays for the nodes tau and the check points sigma, with integrals to each of the ends."""
    n = len(tau)
    weight = mpmath.mpf(WEIGHTS[n])
    bias = -WEIGHTS[n] * np.linspace(-REACH, REACH, 2 * n)

    def hidden(x):
        return [mpmath.tanh(weight * x + mpmath.mpf(b)) for b in bias]

    def values(x):
        start = hidden(mpmath.mpf(-1))
        return mpmath.matrix([[h - h0 for h, h0 in zip(hidden(mpmath.mpf(p)), start, strict=True)] for p in x])

    def derivatives(x):
        return mpmath.matrix([[weight * (1 - h**2) for h in hidden(mpmath.mpf(p))] for p in x])

    D = derivatives(tau)
    P = D.T * (D * D.T) ** -1  # minimum-norm output weights with the given derivatives at the nodes
    points = np.concatenate([tau, sigma])
    maps = {
        "D": D,
        "P": P,
        "A": values(tau) * P,
        "E": values(sigma) * P,
        "U": derivatives(sigma) * P,
        "Q": integral_map(ends, points),
    }
    arrays = {name: np.array(value.tolist(), dtype=float) for name, value in maps.items()}
    return {"weight": np.array(WEIGHTS[n]), "bias": bias, "tau": tau, "sigma": sigma, **arrays}


def main():
    mpmath.mp.dps = DIGITS
    target = Path(__file__).parent.parent / "pinnsolve" / "solvers" / "windows" / "tables.npz"
    arrays = {f"{name}_{n}": value for n in WEIGHTS for name, value in radau_table(n).items()}
    arrays |= {f"gauss_{name}_{n}": value for n in GAUSS for name, value in gauss_table(n).items()}
    np.savez_compressed(target, **arrays)
    print(f"wrote {target.name}: {target.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
