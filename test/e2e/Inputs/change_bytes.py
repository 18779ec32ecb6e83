#!/usr/bin/env python3
"""Writes a file with other bytes at the first place where OLD stands: change_bytes.py FROM TO OLD NEW [AFTER]. OLD and NEW may
have escapes as in Python; with AFTER it is OLD's first place behind AFTER's."""
import sys

data = open(sys.argv[1], "rb").read()
old, new, *after = (text.encode().decode("unicode_escape").encode("latin1") for text in sys.argv[3:])
place = data.find(old, data.index(after[0]) + len(after[0]) if after else 0)
if place < 0 or len(old) != len(new):
    sys.exit("OLD is not there or NEW is of another length")
open(sys.argv[2], "wb").write(data[:place] + new + data[place + len(old) :])
