"""Problems with names, as mappings in the form of a problem file."""

from pinnsolve.spec import load_problem


def _file(name, equations, initial, time, **parameters):
    system = {"equations": equations, "parameters": parameters}
    return {"description": name, "system": system, "initial": initial, "time": time}


def _van_der_pol(end, mu):
    equations = {"x'": "y", "y'": "mu*(1 - x^2)*y - x"}
    return _file(f"Van der Pol, mu = {mu}", equations, {"x": 2, "y": 0}, [0, end], mu=mu)


def _robertson(end):
    equations = {"a'": "-0.04*a + 1e4*b*c", "b'": "0.04*a - 1e4*b*c - 3e7*b^2", "c'": "3e7*b^2"}
    return _file(f"Robertson, t to {end:g}", equations, {"a": 1, "b": 0, "c": 0}, [0, end])


def _fitzhugh_nagumo(end):
    equations = {"v'": "v - v^3/3 - w + I", "w'": "epsilon*(v + a - b*w)"}
    return _file("FitzHugh–Nagumo", equations, {"v": -1, "w": 1}, [0, end], I=0.5, epsilon=0.08, a=0.7, b=0.8)


HARMONIC = _file("harmonic oscillator", {"x'": "v", "v'": "-x"}, {"x": 1, "v": 0}, [0, 10])
LOTKA_VOLTERRA = _file("Lotka–Volterra", {"x'": "1.5*x - x*y", "y'": "x*y - 3*y"}, {"x": 1, "y": 1}, [0, 10])
PENDULUM = _file("pendulum", {"theta''": "-sin(theta)"}, {"theta": 2, "theta'": 0}, [0, 10])
VAN_DER_POL = _van_der_pol(10, 1)
FITZHUGH_NAGUMO = _fitzhugh_nagumo(50)

EVERYDAY = {
    "harmonic": HARMONIC,
    "lotka-volterra": LOTKA_VOLTERRA,
    "van-der-pol": VAN_DER_POL,
    "pendulum": PENDULUM,
    "fitzhugh-nagumo": FITZHUGH_NAGUMO,
}
"""Five planar problems that anyone would try a PINN on."""

NONSTIFF = (
    HARMONIC,
    _file("logistic", {"u'": "u*(1 - u)"}, {"u": 0.01}, [0, 10]),
    LOTKA_VOLTERRA,
    _van_der_pol(20, 1),
    PENDULUM,
    FITZHUGH_NAGUMO,
    _file("Brusselator", {"x'": "1 + x^2*y - 4*x", "y'": "3*x - x^2*y"}, {"x": 1, "y": 1}, [0, 20]),
    _file(
        "Duffing",
        {"x''": "-delta*x' + x - x^3 + force*cos(omega*t)"},
        {"x": 1, "x'": 0},
        [0, 30],
        delta=0.3,
        force=0.2,
        omega=1.2,
    ),
    _file(
        "SIR",
        {"S'": "-beta*S*I", "I'": "beta*S*I - gamma*I", "R'": "gamma*I"},
        {"S": "1 - 1e-4", "I": 1e-4, "R": 0},
        [0, 180],
        beta=0.3,
        gamma=0.1,
    ),
    _file(
        "Lorenz, t to 5",
        {"x'": "10*(y - x)", "y'": "x*(28 - z) - y", "z'": "x*y - 8/3*z"},
        {"x": 1, "y": 1, "z": 1},
        [0, 5],
    ),
    _file(
        "Rössler",
        {"x'": "-y - z", "y'": "x + 0.2*y", "z'": "0.2 + z*(x - 5.7)"},
        {"x": 1, "y": 1, "z": 0},
        [0, 30],
    ),
    _file(
        "Kepler, e = 0.5",
        {"x''": "-x/(x^2 + y^2)^1.5", "y''": "-y/(x^2 + y^2)^1.5"},
        {"x": 0.5, "x'": 0, "y": 0, "y'": "sqrt(3)"},
        [0, "6*pi"],
    ),
)
"""For explicit integrators."""

STIFF = (
    _robertson(1e5),
    _robertson(1e11),
    _van_der_pol(2000, 1000),
    _file(
        "Oregonator",
        {"x'": "s*(y + x*(1 - q*x - y))", "y'": "(z - (1 + x)*y)/s", "z'": "w*(x - z)"},
        {"x": 1, "y": 2, "z": 3},
        [0, 360],
        s=77.27,
        w=0.161,
        q=8.375e-6,
    ),
    _file(
        "HIRES",
        {
            "y1'": "-1.71*y1 + 0.43*y2 + 8.32*y3 + 0.0007",
            "y2'": "1.71*y1 - 8.75*y2",
            "y3'": "-10.03*y3 + 0.43*y4 + 0.035*y5",
            "y4'": "8.32*y2 + 1.71*y3 - 1.12*y4",
            "y5'": "-1.745*y5 + 0.43*y6 + 0.43*y7",
            "y6'": "-280*y6*y8 + 0.69*y4 + 1.71*y5 - 0.43*y6 + 0.69*y7",
            "y7'": "280*y6*y8 - 1.81*y7",
            "y8'": "-280*y6*y8 + 1.81*y7",
        },
        {"y1": 1, **{f"y{i}": 0 for i in range(2, 8)}, "y8": 0.0057},
        [0, 321.8122],
    ),
    _file("relaxation to cos t", {"x'": "-1e6*(x - cos(t)) - sin(t)"}, {"x": 1.5}, [0, 6]),
)
"""For implicit integrators."""


def problem(source, accuracy=1e-6, **settings):
    """The `Problem` of a mapping."""
    return load_problem({**source, "accuracy": accuracy, **settings})
