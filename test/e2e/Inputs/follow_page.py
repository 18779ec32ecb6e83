"""Does what a page says: writes its blocks that have a file's name and runs its sh blocks, one by one, in the current folder.

    follow_page.py PAGE
    follow_page.py --from SOURCES PAGE

A block "FILE: TEXT" goes behind the one line of FILE with that text; --from: of that file of the sources, and no command is run.
"""
import pathlib
import re
import subprocess
import sys


def insert(file, anchor, text, sources):
    copy = pathlib.Path(file)
    lines = (copy if copy.exists() else sources / file).read_text().splitlines(keepends=True)
    places = [i for i, line in enumerate(lines) if anchor in line]
    if len(places) != 1:
        sys.exit(f"{file}: {len(places)} lines have '{anchor}', expected one")
    lines.insert(places[0] + 1, text)
    write(file, "".join(lines))


def write(file, text):
    pathlib.Path(file).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(file).write_text(text)


sources = pathlib.Path(sys.argv[2]) if sys.argv[1] == "--from" else None
commands, begun = 0, set()
for language, name, anchor, text in re.findall(r"^```(\w+) ?([^\s:]*)(?:: ([^\n]*))?\n(.*?)^```$", open(sys.argv[-1]).read(), re.MULTILINE | re.DOTALL):
    if anchor:
        if name not in begun:  # what an earlier run left
            pathlib.Path(name).unlink(missing_ok=True)
        begun.add(name)
        insert(name, anchor, text, sources)
    elif name:
        write(name, text)
    elif language == "sh" and not sources:
        for line in text.splitlines():
            commands += 1
            done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
            sys.stdout.write(f"$ {line}\n{done.stdout}")
            if done.returncode:
                sys.exit(f"{line}: {done.stderr}")
if not sources:
    print(f"{commands} commands")
