"""Every ```mlir block in the dialects' .td files must parse and verify. Usage: check-doc-examples.py VSPEC-OPT [TOP]"""
import pathlib
import re
import subprocess
import sys


def main(tool, top="."):
    seen = bad = 0
    for source in sorted(pathlib.Path(top).glob("dialects/**/*.td")):
        text = source.read_text()
        for block in re.finditer(r"```mlir\n(.*?)```", text, re.S):
            seen += 1
            run = subprocess.run([tool], input=block[1], text=True, capture_output=True)
            if run.returncode:
                bad += 1
                line = text.count("\n", 0, block.start()) + 1
                print(f"{source}:{line}: the example does not parse\n{run.stderr}")
    print(f"{seen} examples, {bad} bad")
    return bad > 0 or seen == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
