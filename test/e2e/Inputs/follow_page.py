"""Does what a page says: writes its blocks that have a file's name and runs its sh blocks, one by one, in the current folder.

    follow_page.py PAGE
"""
import re
import subprocess
import sys

commands = 0
for language, name, text in re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", open(sys.argv[1]).read(), re.MULTILINE | re.DOTALL):
    if name:
        open(name, "w").write(text)
    elif language == "sh":
        for line in text.splitlines():
            commands += 1
            done = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
            sys.stdout.write(f"$ {line}\n{done.stdout}")
            if done.returncode:
                sys.exit(f"{line}: {done.stderr}")
print(f"{commands} commands")
