"""The largest difference of two arrays of logits over the largest logit. relative_error.py GOT.npy WANT.npy --within=BOUND"""
import sys

import numpy as np

got, want = np.load(sys.argv[1]), np.load(sys.argv[2])
error = np.abs(got - want).max() / np.abs(want).max()
print(f"relative error {error:.2g}, largest logit {np.abs(want).max():.3g}")
sys.exit(not (error <= float(sys.argv[3].split("=")[1]) and np.abs(want).max() > 0.1))
