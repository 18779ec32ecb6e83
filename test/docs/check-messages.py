"""Each error message of the dialects and passes is expected by some test. Usage: check-messages.py [TOP]

A message is the longest piece of text in `emitOpError() << ...;`, `emitError(...) << ...;` or `op.emitError("...")`; a test
expects it if it contains the same text.
"""
import pathlib
import re
import sys

EMIT = re.compile(r"\bemit(?:Op)?Error\b\s*\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def statement(text, start):
    """From `start` to the next semicolon outside of text in quotes."""
    quoted = False
    for at in range(start, len(text)):
        if text[at] == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif text[at] == ";" and not quoted:
            return text[start:at]
    return text[start:]


def messages(text):
    """(line, longest piece) of each message."""
    for found in EMIT.finditer(text):
        pieces = [re.sub(r"\\(.)", r"\1", piece).strip() for piece in LITERAL.findall(re.sub(r'"\s*\n\s*"', "", statement(text, found.start())))]
        longest = max(pieces, key=len, default="")
        if longest:
            yield text.count("\n", 0, found.start()) + 1, longest


def problems(top):
    tests = "\n".join(path.read_text() for suffix in ("mlir", "test", "cpp", "py") for path in sorted(top.glob(f"test/**/*.{suffix}")))
    for folder in ("dialects", "passes"):
        for path in sorted((top / folder).rglob("*.cpp")):
            for line, message in messages(path.read_text()):
                if message not in tests:
                    yield f"{path.relative_to(top)}:{line}: no test expects '{message}'"


if __name__ == "__main__":
    found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found))
    sys.exit(bool(found))
