# SPDX-License-Identifier: Apache-2.0
"""Figures, each a line "name value unit": the median of its rounds, then
their range; and what it should at least, or at most, be."""
import statistics

missed = []
failed = []


def _short(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def figure(name, values, unit, at_least=None, at_most=None):
    """Prints one figure of several rounds."""
    median = statistics.median(values)
    line = f"{name} {_short(median)} {unit}"
    if len(values) > 1:
        line += f" ({_short(min(values))} to {_short(max(values))})"
    if at_least is not None:
        line += f" [at least {at_least:g}]"
    if at_most is not None:
        line += f" [at most {at_most:g}]"
    if ((at_least is not None and median < at_least)
            or (at_most is not None and median > at_most)):
        line += " MISSED"
        missed.append(name)
    print(line, flush=True)


def ratio(name, values, others, at_least=None):
    """Prints how values compare with others of the same rounds."""
    figure(name, [a / b for a, b in zip(values, others)], "x", at_least)


def wrong(name, lines):
    """Prints what a check found; nothing when all is well."""
    for line in lines:
        print(f"{name} WRONG: {line}", flush=True)
        failed.append(name)


def note(text):
    """Prints a line that is no figure."""
    print(f"# {text}", flush=True)
