#!/usr/bin/env python3
"""Kills a compiler as soon as it writes: kill_compiler.py OUTPUT COMMAND... Fails if it ended before, or left OUTPUT behind."""
import os
import pathlib
import signal
import subprocess
import sys
import time

output = pathlib.Path(sys.argv[1])
compiler = subprocess.Popen(sys.argv[2:])
deadline = time.monotonic() + 300
while not any(path.stat().st_size for path in output.parent.glob(output.name + ".tmp-*")):
    if compiler.poll() is not None or time.monotonic() > deadline:
        sys.exit("the compiler ended before it wrote a temporary file")
    time.sleep(0.002)
compiler.send_signal(signal.SIGKILL)
if compiler.wait() != -signal.SIGKILL:
    sys.exit("the compiler ended before it was killed")
left = sorted(os.listdir(output.parent))
print("left", len(left), "temporary" if all(".tmp-" in name for name in left) else left)
