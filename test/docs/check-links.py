"""Links between the pages of this project lead to files, and paths named in `backquotes` exist. Usage: check-links.py [TOP]

Paths are checked if they start with a folder of the tree and hold no placeholder, as in `lib/Quant/Codec.cpp` or `test/docs`.
"""
import pathlib
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
QUOTED = re.compile(r"`([^`\s]+)`")
FOLDERS = {"include", "lib", "dialects", "passes", "runtime", "tools", "python", "test", "docs", "cmake"}
PLACEHOLDER = re.compile(r"[*<>{}]|\.\.\.|[A-Z]{4,}\b(?<!LICENSE)(?<!README)")


def problems(top):
    own_pages = [*top.glob("*.md"), *top.glob("docs/*.md")]
    if not own_pages:
        yield f"{top}: no pages"
    for page in sorted(own_pages):
        for number, line in enumerate(page.read_text().splitlines(), 1):
            for target in LINK.findall(line):
                if "://" not in target and not (page.parent / target).exists():
                    yield f"{page.relative_to(top)}:{number}: the link leads to {target}, which is not there"
            for path in QUOTED.findall(line):
                if "/" in path and path.split("/")[0] in FOLDERS and not PLACEHOLDER.search(path) and not (top / path).exists():
                    yield f"{page.relative_to(top)}:{number}: {path} is not there"


if __name__ == "__main__":
    found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found))
    sys.exit(bool(found))
