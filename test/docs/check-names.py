"""Passes and operations are where their names say. Usage: check-names.py [TOP]

- A pass `def FoldNormGain : Pass<"vspec-fold-norm-gain"` in passes/STAGE/Passes.td has passes/STAGE/FoldNormGain.cpp and a lit
  test test/passes/STAGE/fold-norm-gain.mlir or fold-norm-gain-*.mlir (or .test).
- Each operation of a dialect occurs in an example of the dialect's .td files.
"""
import pathlib
import re
import sys

PASS = re.compile(r'^def\s+(\w+)\s*:\s*(?:InterfacePass|Pass)<\s*"([^"]+)"', re.M)
OPERATION = re.compile(r'^def\s+\w+Op\s*:\s*\w+<\s*"([^"]+)"', re.M)
DIALECT = re.compile(r'^def\s+\w+\s*:\s*Dialect\s*\{(.*?)^\}', re.M | re.S)


def pass_problems(top):
    for table in sorted(top.glob("passes/*/Passes.td")):
        stage = table.parent.name
        for name, flag in PASS.findall(table.read_text()):
            where = f"{table.relative_to(top)}: {name}"
            if not flag.startswith("vspec-") or flag[6:].replace("-", "") != name.lower():
                yield f"{where}: the flag is {flag}, expected vspec- and the words of the name"
                continue
            if not (table.parent / f"{name}.cpp").exists():
                yield f"{where}: passes/{stage}/{name}.cpp is not there"
            tests = top / "test/passes" / stage
            if not any(path.suffix in {".mlir", ".test"} and (path.stem + "-").startswith(flag[6:] + "-") for path in tests.glob("*")):
                yield f"{where}: no test test/passes/{stage}/{flag[6:]}.mlir or {flag[6:]}-*.mlir"


def operation_problems(top):
    for folder in sorted(path for path in top.glob("dialects/*") if path.is_dir()):
        sources = {path: path.read_text() for path in sorted(folder.glob("*.td"))}
        names = [re.search(r'let\s+name\s*=\s*"([^"]+)"', body) for text in sources.values() for body in DIALECT.findall(text)]
        if len(names) != 1 or not names[0]:
            yield f"dialects/{folder.name}: {len(names)} named dialects, expected one"
            continue
        dialect = names[0][1]
        examples = "\n".join(block for text in sources.values() for block in re.findall(r"```mlir\n(.*?)```", text, re.S))
        for path, text in sources.items():
            for operation in OPERATION.findall(text):
                if not re.search(rf"\b{re.escape(dialect)}\.{re.escape(operation)}\b", examples):
                    yield f"{path.relative_to(top)}: {dialect}.{operation} is in no example"


if __name__ == "__main__":
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    found = [*pass_problems(top), *operation_problems(top)]
    print("\n".join(found))
    sys.exit(bool(found))
