"""The page in a real browser: charts, cursor, zoom, keys, both schemes, phones, print, and hostile texts."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from pinnsolve.report.wording import written
from pinnsolve.solvers import solve
from pinnsolve.spec import load_problem

from .samples import fitted, page, page_of, pendulum, solved, unsolved

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
STATES = "#chart-states-0"


def drawn(opened, chart=STATES):
    """How long the path of every curve of a chart is."""
    return opened.locator(f"{chart} path.curve[data-series]").evaluate_all("paths => paths.map(path => path.getTotalLength())")


def ticks(opened, chart=STATES, axis="x"):
    return opened.locator(f"{chart} text.tick.{axis}").all_text_contents()


def box(opened, chart=STATES):
    plot = opened.locator(f"{chart} .plot")
    plot.scroll_into_view_if_needed()
    return plot.bounding_box()


def at(opened, across, down, chart=STATES):
    """A place in the window, from shares of a chart."""
    place = box(opened, chart)
    return place["x"] + across * place["width"], place["y"] + down * place["height"]


def settle(opened):
    """Wait until what was asked for has been drawn."""
    opened.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drag(opened, start, end, chart=STATES):
    opened.mouse.move(*at(opened, *start, chart))
    opened.mouse.down()
    opened.mouse.move(*at(opened, *end, chart), steps=4)
    opened.mouse.up()
    settle(opened)


def number(text):
    """The number that the page wrote."""
    mantissa, _, power = text.replace("−", "-").replace("\u202f", "").partition("×10")
    superscripts = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    return float(mantissa) * 10.0 ** int(power.translate(superscripts) or 0)


def told(opened, chart=STATES):
    """Time and values beside the cursor."""
    tip = opened.locator(f"{chart} .tip")
    time = number(tip.locator("b").inner_text().split("= ")[1])
    return time, [number(text) for text in tip.locator("output").all_inner_texts()]


@pytest.mark.parametrize("name", ["decay", "van_der_pol", "robertson", "ring", "blow_up", "nothing", "backward"])
def test_every_chart_is_drawn(show, name):
    made = page(name)
    opened = show(made)
    for chart in made.numbers["charts"]:
        lengths = drawn(opened, f"#chart-{chart['key']}")
        shown = 1 if chart["plane"] else len(chart["series"])
        assert len(lengths) == shown, chart["key"]
        if name != "nothing":
            assert min(lengths) > 50, chart["key"]
        for axis in "xy":
            assert len(ticks(opened, f"#chart-{chart['key']}", axis)) >= 2, chart["key"]


@pytest.mark.parametrize("name", ["van_der_pol", "robertson", "backward"])
def test_the_cursor_tells_the_time_and_the_values_of_the_solution(show, name):
    solution = solved(name)
    opened = show(page(name))
    for across in (0.2, 0.5, 0.83):
        opened.mouse.move(*at(opened, across, 0.5))
        time, values = told(opened)
        shown = [entry["column"] for entry in page(name).chart("states-0")["series"]]
        expected = solution(time)[shown]
        sizes = np.abs(solution(np.linspace(*solution.problem.time, 500))).max(axis=0)[shown]
        assert np.all(np.abs(values - expected) < 1e-4 * sizes)


def test_the_cursor_is_shared_by_all_charts_over_time(show):
    opened = show(page("van_der_pol"))
    opened.mouse.move(*at(opened, 0.4, 0.5))
    assert opened.locator(".tip:visible").count() == 1
    for key in ("error", "residual", "march", "lengths"):
        assert opened.locator(f"#chart-{key} .hair").count() == 1
    assert opened.locator("#chart-plane .here").count() == 1
    opened.mouse.move(*at(opened, 0.7, 0.5, "#chart-plane"))
    assert opened.locator(f"{STATES} .hair").count() == 1
    opened.mouse.move(1, 1)
    assert opened.locator(".hair").count() == 0


def test_a_state_can_be_hidden_and_shown_alone(show):
    opened = show(page("van_der_pol"))
    x, y = opened.locator(f"{STATES} .key").all()
    low_before = ticks(opened, axis="y")[0]
    y.click()
    settle(opened)
    assert (len(drawn(opened)), y.get_attribute("aria-pressed")) == (1, "false")
    assert opened.locator(f"{STATES} path.curve[data-series]").get_attribute("data-series") == "0"
    assert len(drawn(opened, "#chart-error")) == 2
    y.click()
    x.click(modifiers=["Shift"])
    settle(opened)
    assert [key.get_attribute("aria-pressed") for key in (x, y)] == ["true", "false"]
    x.click(modifiers=["Shift"])
    settle(opened)
    assert len(drawn(opened)) == 2
    assert ticks(opened, axis="y")[0] == low_before


def test_a_drag_zooms_all_charts_over_time_and_a_double_click_ends_it(show):
    opened = show(page("van_der_pol"))
    before, other, plane = ticks(opened), ticks(opened, "#chart-error"), ticks(opened, "#chart-plane")
    drag(opened, (0.3, 0.4), (0.5, 0.45))
    inside = [number(text) for text in ticks(opened)]
    assert ticks(opened) != before
    assert 4 < min(inside) < max(inside) < 11
    assert ticks(opened, "#chart-error") == ticks(opened)
    assert ticks(opened, "#chart-plane") == plane
    assert opened.locator(f"{STATES} .reset").is_visible()
    opened.mouse.dblclick(*at(opened, 0.5, 0.5))
    settle(opened)
    assert (ticks(opened), ticks(opened, "#chart-error")) == (before, other)
    assert not opened.locator(f"{STATES} .reset").is_visible()


def test_a_zoomed_curve_is_as_smooth_as_the_solution(show):
    opened = show(page("van_der_pol"))
    for _ in range(3):
        drag(opened, (0.4, 0.5), (0.5, 0.5))
    times = []
    for across in (0.15, 0.5, 0.95):
        opened.mouse.move(*at(opened, across, 0.5))
        time, values = told(opened)
        times.append(time)
        assert np.allclose(values, solved("van_der_pol")(time), atol=1e-4)
    assert 0 < times[-1] - times[0] < 0.05


def test_a_box_zooms_both_axes_of_a_plane(show):
    opened = show(page("van_der_pol"))
    before = ticks(opened, "#chart-plane"), ticks(opened, "#chart-plane", "y")
    drag(opened, (0.4, 0.3), (0.7, 0.6), "#chart-plane")
    assert ticks(opened, "#chart-plane") != before[0]
    assert ticks(opened, "#chart-plane", "y") != before[1]
    opened.locator("#chart-plane .reset").click()
    settle(opened)
    assert (ticks(opened, "#chart-plane"), ticks(opened, "#chart-plane", "y")) == before


def test_the_wheel_scrolls_the_page_until_the_chart_is_clicked(show):
    opened = show(page("van_der_pol"))
    before = ticks(opened)
    opened.mouse.move(*at(opened, 0.5, 0.5))
    opened.mouse.wheel(0, -120)
    settle(opened)
    assert ticks(opened) == before
    opened.mouse.click(*at(opened, 0.5, 0.5))
    scrolled = opened.evaluate("scrollY")
    opened.mouse.wheel(0, -600)
    settle(opened)
    assert ticks(opened) != before
    assert opened.evaluate("scrollY") == scrolled


def test_everything_can_be_done_with_the_keyboard(show):
    opened = show(page("van_der_pol"))
    plot = opened.locator(f"{STATES} .plot")
    before = ticks(opened)
    plot.focus()
    plot.press("ArrowRight")
    first, _ = told(opened)
    plot.press("ArrowRight")
    time, values = told(opened)
    assert time - first == pytest.approx(20 / 100, rel=0.1)
    assert np.allclose(values, solved("van_der_pol")(time), atol=1e-4)
    said = opened.locator(f"{STATES} .say").inner_text()
    assert said.startswith(f"t = {written(time, 8)}, x ")
    plot.press("+")
    settle(opened)
    assert ticks(opened) != before
    plot.press("0")
    settle(opened)
    assert ticks(opened) == before
    opened.locator(f"{STATES} .key").first.press("Enter")
    settle(opened)
    assert len(drawn(opened)) == 1


def test_two_fingers_zoom(show):
    opened = show(page("van_der_pol"), **PHONE)
    before = ticks(opened)
    box(opened)
    opened.evaluate(
        """() => {
            const plot = document.querySelector("#chart-states-0 .plot"), frame = plot.getBoundingClientRect();
            plot.setPointerCapture = () => {};
            const touch = (type, id, share) => plot.dispatchEvent(new PointerEvent(type, {
                pointerId: id, pointerType: "touch", button: 0, bubbles: true,
                clientX: frame.left + share * frame.width, clientY: frame.top + 0.5 * frame.height }));
            touch("pointerdown", 1, 0.45); touch("pointerdown", 2, 0.55);
            touch("pointermove", 1, 0.25); touch("pointermove", 2, 0.75);
            touch("pointerup", 1, 0.25); touch("pointerup", 2, 0.75);
        }"""
    )
    settle(opened)
    inside = [number(text) for text in ticks(opened)]
    assert ticks(opened) != before
    assert max(inside) - min(inside) < 6


def test_a_path_that_closes_again_and_again_is_drawn_a_few_times_only(show):
    opened = show(page("harmonic"))
    once = opened.locator("#chart-plane path.curve").get_attribute("d")
    again = replace(solved("harmonic").problem, time=(0, 1000))
    opened = show(page_of(solve(again, record=True)))
    often = opened.locator("#chart-plane path.curve").get_attribute("d")
    assert len(often) < 10 * len(once)
    lengths = drawn(opened, "#chart-plane")
    assert lengths[0] > 500


def test_any_two_states_can_be_put_on_the_axes_of_the_plane(show):
    opened = show(page("robertson"))
    names = opened.locator("#chart-plane text.name")
    assert names.all_text_contents()[0].startswith("A")
    across, up = opened.locator("#chart-plane select").all()
    across.select_option("B")
    up.select_option("C")
    settle(opened)
    shown = names.all_text_contents()
    assert (shown[0][0], shown[1][0]) == ("B", "C")
    assert min(drawn(opened, "#chart-plane")) > 50


def test_times_before_the_first_second_have_room_on_a_logarithmic_axis(show):
    labels = ticks(show(page("robertson")))
    assert "10⁴" in labels
    assert any(label.startswith("10⁻") for label in labels)


@pytest.mark.parametrize("width", [320, 390, 768, 1440, 2000])
@pytest.mark.parametrize("name", ["pendulum", "ring"])
def test_no_width_needs_horizontal_scrolling(show, name, width):
    made = page_of(pendulum(), config="# " + "long " * 60, commands=[("pinnsolve train " + "x" * 200, "again")])
    opened = show(made if name == "pendulum" else page(name), viewport={"width": width, "height": 800})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_both_schemes_have_colours_of_their_own(show):
    colours = {}
    for scheme in ("light", "dark"):
        opened = show(page("van_der_pol"), color_scheme=scheme)
        style = "(selector, property) => getComputedStyle(document.querySelector(selector))[property]"
        found = [("body", "backgroundColor"), ("body", "color"), (f"{STATES} .curve[data-series]", "stroke")]
        colours[scheme] = [opened.evaluate(f"([s, p]) => ({style})(s, p)", list(pair)) for pair in found]
    for light, dark in zip(*colours.values(), strict=True):
        assert light != dark
    brightness = [sum(map(int, re.findall(r"\d+", colours[scheme][0])[:3])) for scheme in ("light", "dark")]
    assert brightness[0] > 600 > 200 > brightness[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["blow_up", "fit"])
def test_text_can_be_read_on_its_ground(show, name, scheme):
    opened = show(page_of(fitted()) if name == "fit" else page(name), color_scheme=scheme)
    ratios = opened.evaluate(
        """() => {
            const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
            const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
            const rgb = text => text.match(/[\\d.]+/g).map(v => text.startsWith("color") ? 255 * v : Number(v));
            const ground = node => {
                for (; node; node = node.parentElement) {
                    const colour = rgb(getComputedStyle(node).backgroundColor);
                    if (colour.length < 4 || colour[3] > 0) return colour;
                }
                return [255, 255, 255];
            };
            return [...document.querySelectorAll("h1, h2, h3, p, dt, dd, td, .key, figcaption, code")]
                .filter(node => node.textContent.trim() && node.checkVisibility())
                .map(node => {
                    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))];
                    return [node.textContent.trim().slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
                });
        }"""
    )
    assert len(ratios) > 20
    assert [entry for entry in ratios if entry[1] < 4.5] == []


def test_without_scripts_the_still_figures_are_there(show):
    opened = show(page("van_der_pol"), java_script_enabled=False)
    stills = opened.locator("img.still")
    assert [still.is_visible() for still in stills.all()] == [True] * 4
    assert min(stills.evaluate_all("images => images.map(image => image.naturalWidth)")) > 300
    assert opened.locator(".plot:visible").count() == 0
    assert opened.get_by_text("scripts are switched off").is_visible()


def test_print_shows_the_still_figures_in_light_colours(show):
    opened = show(page("van_der_pol"), color_scheme="dark")
    opened.emulate_media(media="print", color_scheme="dark")
    assert [still.is_visible() for still in opened.locator("img.still").all()] == [True] * 4
    assert opened.locator(".plot:visible").count() == 0
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_markers_lie_on_their_curves(show):
    problem = {"system": {"equations": {"u''": "-exp(u)"}}, "boundary": ["u(0) = 0", "u(1) = 0"], "time": [0, 1]}
    opened = show(page_of(solve(load_problem(problem), record=True)))
    for chart in (STATES, "#chart-history", "#chart-error"):
        distances = opened.locator(f"{chart} .markers").evaluate_all(
            """groups => groups.flatMap((group, n) => {
                const path = group.ownerSVGElement.querySelectorAll("path.curve")[n], length = path.getTotalLength();
                const points = Array.from({ length: 4000 }, (_, i) => path.getPointAtLength((i / 3999) * length));
                return [...group.children].map(mark => {
                    const { e, f } = mark.transform.baseVal.consolidate().matrix;
                    return Math.min(...points.map(({ x, y }) => Math.hypot(x - e, y - f)));
                });
            })"""
        )
        assert len(distances) > 4
        assert max(distances) < 1.5


def test_a_stranger_s_texts_stay_texts(show):
    opened = show(page_of(pendulum(), config="</script><script>alert(2)</script>"))
    assert opened.get_by_text("<script>alert('x')</script></script><img src=x onerror=alert(1)>").first.is_visible()
    assert opened.locator("script").count() == 2
    assert opened.locator("math").count() > 5


def test_states_may_have_the_names_of_things_of_the_script(show):
    problem = {
        "system": {"equations": {"__proto__'": "constructor", "constructor'": "-__proto__"}},
        "initial": {"__proto__": 1, "constructor": 0},
        "time": [0, 5],
    }
    solution = solve(load_problem(problem), record=True)
    opened = show(page_of(solution))
    for chart in (STATES, "#chart-plane"):
        opened.mouse.move(*at(opened, 0.6, 0.5, chart))
        time, values = told(opened, chart)
        assert np.allclose(values, solution(time), atol=1e-4)


def test_a_fit_shows_its_data_and_tells_them_at_the_cursor(show):
    opened = show(page_of(fitted()))
    chart = "#chart-fit-0"
    assert opened.locator(f"{chart} .points .dot").count() == 20
    assert opened.locator(f"{chart} path.band").count() == 1
    place = opened.locator(f"{chart} .points .dot").nth(6)
    place.scroll_into_view_if_needed()
    dot = place.bounding_box()
    opened.mouse.move(dot["x"] + dot["width"] / 2, dot["y"])
    time, values = told(opened, chart)
    observed = fitted().problem.fit.data
    nearest = int(np.abs(observed.times - time).argmin())
    assert len(values) == 2
    assert values[0] == pytest.approx(float(fitted()(time)[0]), rel=1e-3)
    assert values[1] == pytest.approx(observed.columns["<counts>"][nearest], rel=1e-4)


def test_a_run_without_a_solution_is_a_page_too(show):
    made = page_of(unsolved())
    opened = show(made, java_script_enabled=False)
    assert opened.get_by_text("What to do").is_visible()
