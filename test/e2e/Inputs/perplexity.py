"""Perplexity of the second half of one chunk, from logits.npy and the ids that made them: what vspec-eval --ppl must say.
Usage: perplexity.py LOGITS IDS, where vspec-eval's JSON comes on standard input"""
import json
import sys

import numpy

logits = numpy.load(sys.argv[1])
ids = [int(word) for word in open(sys.argv[2]).read().split()]
assert logits.dtype == numpy.float32 and logits.shape[0] == len(ids), (logits.dtype, logits.shape, len(ids))
rows = logits.astype(numpy.float64)
rows -= rows.max(axis=1, keepdims=True)
rows -= numpy.log(numpy.exp(rows).sum(axis=1, keepdims=True))
nats = numpy.array([-rows[i, ids[i + 1]] for i in range(len(ids) // 2, len(ids) - 1)])
ppl = numpy.exp(nats.mean())
error = ppl * numpy.sqrt(nats.var() / (len(nats) - 1))
said = json.load(sys.stdin)
assert said["tokens"] == len(nats), (said, len(nats))
for key, expected in (("nll", nats.mean()), ("ppl", ppl), ("stderr", error)):
    assert abs(said[key] - expected) < 1e-9 * expected, (key, said[key], expected)
print("equal")
