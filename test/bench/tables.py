"""Tables of measurements in the manuals: each stands between `<!-- NAME: ... -->` and `<!-- end -->`."""
import pathlib
import re


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def replace(page, name, text):
    """Puts `text` in the place of what the page has under this name."""
    path = pathlib.Path(page)
    old = path.read_text()
    found = re.subn(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- end -->)", lambda match: match[1] + text + "\n" + match[2], old, flags=re.S)
    if found[1] != 1:
        raise SystemExit(f"{page}: has {found[1]} places for '{name}', expected 1")
    path.write_text(found[0])


def machine():
    """The processor's name and how many of it there are."""
    import os

    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{names[0] if names else 'unknown processor'}, {len(os.sched_getaffinity(0))} processors"
