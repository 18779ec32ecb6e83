"""Row tables of the tests."""
import numpy as np


def rows_of(*positions, slot=0, token=0):
    return np.array([(slot, position, token) for position in positions])
