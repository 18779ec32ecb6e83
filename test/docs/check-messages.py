"""Each error message is expected by some test. Usage: check-messages.py [TOP]

In the dialects and passes a message is the longest piece of text in `emitOpError() << ...;`, `emitError(...) << ...;` or
`op.emitError("...")`. In lib and runtime, which print nothing else, it is every text of two words or more, in tools every one of an
Error. A test expects a message if it contains the same text.
"""
import pathlib
import re
import sys

EMIT = re.compile(r"\bemit(?:Op)?Error\b\s*\(")
ERROR = re.compile(r"\bError\s*\{|\b(?:error|because)\(")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Comments, assertions, instructions, raw texts and characters are no messages: the first alternative that fits takes them.
TEXT = re.compile(
    r'//[^\n]*|#include[^\n]*|\b(?:static_assert|assert|asm|__asm__)\b[^;]*;|R"(?P<end>\w*)\(.*?\)(?P=end)"|'
    r"'(?:\\.|[^'\\])'|(?P<text>\"(?:[^\"\\]|\\.)*\"(?:\s*\n\s*\"(?:[^\"\\]|\\.)*\")*)",
    re.S,
)
TWO_WORDS = re.compile(r"[A-Za-z]+,? [a-z]+")

NOT_MESSAGES = {
    "lib/Plan/ArenaPicture.cpp": "a picture",
    "lib/Quant/FormatNames.cpp": "what formats are, for the manual",
}
# What would need a system that fails, or more memory than a test has.
UNPROVOKED = {
    "lib/ModelFile/ProgramTables.cpp": {"bytes of tables, but its offsets have 32 bits": "4 GiB of tables"},
    "lib/Plan/ArenaPlanner.cpp": {"buffers, expected less than 2^31": "2^31 buffers"},
    "lib/Support/AtomicFile.cpp": {
        "bring to the disk": "a disk that fails",
        "create a temporary file beside it": "a hundred files whose names are those that would be taken",
    },
    "lib/Support/MappedFile.cpp": {"cannot tell its size:": "fstat fails on no open file"},
    "lib/Tokenizer/Pattern.cpp": {
        "cannot be compiled: no memory": "no memory",
        "cannot be run: no memory": "no memory",
        "matches backwards at byte": "PCRE2 before 10.38, which took \\K in a lookaround",
    },
    "lib/Tokenizer/UnigramCutter.cpp": {"bytes is one word, but at most": "a word of 4 GiB", "bytes are expected": "a word of 4 GiB"},
    "lib/Tokenizer/WordMerger.cpp": {"bytes is one word, but at most": "a word of 2 GiB", "bytes are expected": "a word of 2 GiB"},
    "runtime/Executor.cpp": {"the tables of a step": "no memory"},
    "runtime/FileBytes.cpp": {
        "no memory for the code:": "no memory",
        "the code cannot be made executable: this system forbids both mapping it from the file and copying it": "such a system",
    },
    "runtime/Model.cpp": {"a copy of the weights": "no memory"},
    "runtime/StepProfile.cpp": {"the times of the launches": "no memory"},
    "runtime/WorkerPool.cpp": {"the system gave": "a system without threads"},
    "tools/vspec-bench/MachineProbe.cpp": {"bytes that are read to measure the machine:": "no memory"},
    "tools/vspec-run/CompileCache.cpp": {"cannot start:": "fork fails"},
}


def statement(text, start):
    """From `start` to the next semicolon outside of text in quotes."""
    quoted = False
    for at in range(start, len(text)):
        if text[at] == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif text[at] == ";" and not quoted:
            return text[start:at]
    return text[start:]


def joined(text):
    """With what stands in several pieces, line below line, as one."""
    return re.sub(r'"\s*\n\s*"', "", text)


def plain(piece):
    return re.sub(r"\\(.)", r"\1", piece).strip()


def emitted(text):
    """(line, longest piece) of each message of the compiler."""
    for found in EMIT.finditer(text):
        longest = max((plain(piece) for piece in LITERAL.findall(joined(statement(text, found.start())))), key=len, default="")
        if longest:
            yield text.count("\n", 0, found.start()) + 1, longest


def raised(text):
    """(line, text) of each text of two words in a statement that makes an Error."""
    for found in ERROR.finditer(text):
        for piece in LITERAL.findall(joined(statement(text, found.start()))):
            if TWO_WORDS.search(piece := plain(piece).lstrip(": ")):
                yield text.count("\n", 0, found.start()) + 1, piece


def told(text):
    """(line, text) of each text of two words."""
    for found in TEXT.finditer(text):
        piece = plain(joined(found["text"] or "")[1:-1]).lstrip(": ")
        if TWO_WORDS.search(piece):
            yield text.count("\n", 0, found.start()) + 1, piece


def problems(top):
    tests = [path for suffix in ("mlir", "test", "cpp", "py") for path in sorted(top.glob(f"test/**/*.{suffix}"))]
    tests = [path.read_text() for path in tests if path.parent != top / "test/docs"]
    tests = "\n".join(tests + [plain(joined(test)) for test in tests])
    for folder, messages in (("dialects", emitted), ("passes", emitted), ("lib", told), ("runtime", told), ("tools", raised)):
        for path in sorted(path for suffix in ("cpp", "h") for path in (top / folder).rglob(f"*.{suffix}")):
            name = str(path.relative_to(top))
            unprovoked, there = UNPROVOKED.get(name, {}), set()
            for line, message in messages(path.read_text()) if name not in NOT_MESSAGES else ():
                there.add(message)
                if message not in unprovoked and message not in tests:
                    yield f"{name}:{line}: no test expects '{message}'"
            for message in sorted(unprovoked.keys() - there):
                yield f"{name}: '{message}' is in the list of check-messages.py, but not in the file"


if __name__ == "__main__":
    found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    print("\n".join(found))
    sys.exit(bool(found))
